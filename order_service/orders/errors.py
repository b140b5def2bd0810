from collections.abc import Iterable

from mesh.core.errors import (
    DomainError,
    FailedPrecondition,
    FieldViolation,
    NotFound,
)


class OrderError(DomainError):
    domain = "market.order.v1"


class OrderNotFound(OrderError, NotFound):
    """There is no such order, or it is not the caller's to see."""

    reason = "ORDER_NOT_FOUND"


class UserNotFound(OrderError, FailedPrecondition):
    reason = "USER_NOT_FOUND"


class _LinesRefused(OrderError, FailedPrecondition):
    """Names the lines, by their places in the request, and the skus on them."""

    detail: str

    def __init__(self, lines: Iterable[tuple[int, str]]) -> None:
        places, skus = zip(*lines, strict=True)
        super().__init__(
            self.detail,
            violations=[
                FieldViolation(f"items[{place}].sku", self.detail, self.reason) for place in places
            ],
            sku=",".join(skus),
        )


class ProductNotFound(_LinesRefused):
    reason = "PRODUCT_NOT_FOUND"
    detail = "there is no such product"


class OutOfStock(_LinesRefused):
    reason = "OUT_OF_STOCK"
    detail = "fewer are in stock than ordered"


class TotalTooLarge(OrderError, FailedPrecondition):
    reason = "TOTAL_TOO_LARGE"


class OrderFulfilled(OrderError, FailedPrecondition):
    reason = "ORDER_FULFILLED"


class OrderNotConfirmed(OrderError, FailedPrecondition):
    reason = "ORDER_NOT_CONFIRMED"


class RefundMismatch(OrderError, FailedPrecondition):
    """What was paid back is not of the order's payment, or more than its total."""

    reason = "REFUND_MISMATCH"


class TransitionRefused(Exception):
    """An order can't go from where it stands to where it was sent; nothing was changed."""
