"""What the payment service serves, which steps it runs, and whom it calls."""

from mesh.runtime.definition import ServiceDefinition
from payment_service.payments import step_kinds, steps
from payment_service.payments.actions import prune_events
from payment_service.payments.checks import provider
from payment_service.payments.rpc import PaymentService, get_payments
from payment_service.personal_data.rpc import PersonalDataService

SERVICE = ServiceDefinition(
    serves={
        "market.payment.v1.PaymentService": PaymentService,
        "market.payment.v1.PersonalDataService": PersonalDataService,
    },
    reads={"market.payment.v1.PaymentService/GetPayment": get_payments},
    calls=frozenset({"order_service"}),
    checks={"provider": provider},
    steps={
        step_kinds.FINISH_REFUND: steps.finish_refund,
        step_kinds.FINISH_VOID: steps.finish_void,
        step_kinds.RECONCILE_EVENT: steps.reconcile_event,
        step_kinds.REPORT_REFUND: steps.report_refund,
    },
    periodic=(prune_events,),
)
