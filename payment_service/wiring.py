"""What the payment service serves, which steps it runs, and whom it calls."""

from mesh.runtime.definition import ServiceDefinition
from payment_service.payments.actions import prune_events
from payment_service.payments.checks import provider
from payment_service.payments.rpc import PaymentService
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
    finds_repeats=frozenset({"market.payment.v1.PaymentService/RefundPayment"}),
    checks={"provider": provider},
    steps={
        "finish_refund": finish_refund,
        "finish_void": finish_void,
        "reconcile_event": reconcile_event,
        "report_refund": report_refund,
    },
    periodic=(prune_events,),
)
