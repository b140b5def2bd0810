"""What can go wrong with payments; reasons are those of `market.payment.v1.ErrorReason`."""

from mesh.core.errors import (
    Aborted,
    AlreadyExists,
    DomainError,
    FailedPrecondition,
    InvalidArgument,
    NotFound,
    Unavailable,
)


class PaymentError(DomainError):
    domain = "market.payment.v1"


class PaymentNotFound(PaymentError, NotFound):
    reason = "PAYMENT_NOT_FOUND"


class CardDeclined(PaymentError, FailedPrecondition):
    reason = "CARD_DECLINED"


class InsufficientFunds(PaymentError, FailedPrecondition):
    reason = "INSUFFICIENT_FUNDS"


class PaymentMethodUnknown(PaymentError, InvalidArgument):
    reason = "PAYMENT_METHOD_UNKNOWN"


class OrderAlreadyPaid(PaymentError, AlreadyExists):
    reason = "ORDER_ALREADY_PAID"


class PaymentPending(PaymentError, Aborted):
    """Another request's payment for the order has no outcome yet; that one must end first."""

    reason = "PAYMENT_PENDING"
    retry_after_s = 1.0


class ProviderUnavailable(PaymentError, Unavailable):
    """The provider gave no answer: whether money moved is unknown until it is asked again."""

    reason = "PROVIDER_UNAVAILABLE"


class PaymentNotCaptured(PaymentError, FailedPrecondition):
    reason = "PAYMENT_NOT_CAPTURED"


class RefundExceedsCapture(PaymentError, FailedPrecondition):
    reason = "REFUND_EXCEEDS_CAPTURE"


class CurrencyMismatch(PaymentError, InvalidArgument):
    reason = "CURRENCY_MISMATCH"


class PaymentVoided(PaymentError, FailedPrecondition):
    """The order's payment was ended for good: nothing more is taken for the order."""

    reason = "PAYMENT_VOIDED"


class CaptureExceedsAuthorization(PaymentError, FailedPrecondition):
    reason = "CAPTURE_EXCEEDS_AUTHORIZATION"


class RefundFailed(PaymentError, FailedPrecondition):
    """The provider refused, and nothing was paid back; another request may try again."""

    reason = "REFUND_FAILED"


class EventSignatureInvalid(PaymentError, InvalidArgument):
    reason = "EVENT_SIGNATURE_INVALID"
