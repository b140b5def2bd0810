"""What the payment service serves, which steps it runs, and whom it calls."""

from mesh.runtime.definition import ServiceDefinition
from payment_service.payments.actions import prune_events
from payment_service.payments.checks import provider
from payment_service.payments.rpc import PaymentService
from payment_service.payments.step_kinds import (
    FINISH_REFUND,
    FINISH_VOID,
    RECONCILE_EVENT,
    REPORT_REFUND,
)
from payment_service.payments.steps import (
    finish_refund,
    finish_void,
    reconcile_event,
    report_refund,
)
from payment_service.personal_data.rpc import PersonalDataService

SERVICE = ServiceDefinition(
    serves={
        "market.payment.v1.PaymentService": PaymentService,
        "market.payment.v1.PersonalDataService": PersonalDataService,
    },
    calls=frozenset({"order_service"}),
    checks={"provider": provider},
    steps={
        FINISH_REFUND: finish_refund,
        FINISH_VOID: finish_void,
        RECONCILE_EVENT: reconcile_event,
        REPORT_REFUND: report_refund,
    },
    periodic=(prune_events,),
)
