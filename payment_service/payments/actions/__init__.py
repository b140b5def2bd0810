from payment_service.payments.actions.authorize import authorize_payment
from payment_service.payments.actions.capture import capture_payment
from payment_service.payments.actions.events import prune_events, receive_event, reconcile_event
from payment_service.payments.actions.refund import enqueue_refund, finish_refund, refund_payment
from payment_service.payments.actions.report import report_refunds_again
from payment_service.payments.actions.void import finish_void, void_payment

__all__ = [
    "authorize_payment",
    "capture_payment",
    "enqueue_refund",
    "finish_refund",
    "finish_void",
    "prune_events",
    "receive_event",
    "reconcile_event",
    "refund_payment",
    "report_refunds_again",
    "void_payment",
]
