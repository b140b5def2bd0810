"""What the payment service serves and which steps it runs; it calls no other service."""

from mesh.outbox.steps import Handler
from mesh.wiring import Wiring
from payment_service.payments.checks import provider
from payment_service.payments.rpc import PaymentService
from payment_service.payments.steps import finish_refund, finish_void, reconcile_event
from payment_service.personal_data.rpc import PersonalDataService

WIRING = Wiring(
    serves={
        "market.payment.v1.PaymentService": PaymentService,
        "market.payment.v1.PersonalDataService": PersonalDataService,
    },
    checks={"provider": provider},
)
STEPS: dict[str, Handler] = {
    "finish_refund": finish_refund,
    "finish_void": finish_void,
    "reconcile_event": reconcile_event,
}
