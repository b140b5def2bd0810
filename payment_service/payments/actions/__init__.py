from payment_service.payments.actions.capture import capture_payment
from payment_service.payments.actions.refund import finish_refund, refund_payment

__all__ = ["capture_payment", "finish_refund", "refund_payment"]
