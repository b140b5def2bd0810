from collections.abc import Iterable

from mesh.core.errors import FailedPrecondition, FieldViolation, NotFound

DOMAIN = "market.order.v1"


class OrderNotFound(NotFound):
    """There is no such order, or it is not the caller's to see."""

    reason = "ORDER_NOT_FOUND"
    domain = DOMAIN


class UserNotFound(FailedPrecondition):
    reason = "USER_NOT_FOUND"
    domain = DOMAIN


class _LinesRefused(FailedPrecondition):
    """Names the lines, by their places in the request, and the skus on them."""

    domain = DOMAIN
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


class TotalTooLarge(FailedPrecondition):
    reason = "TOTAL_TOO_LARGE"
    domain = DOMAIN


class OrderFulfilled(FailedPrecondition):
    reason = "ORDER_FULFILLED"
    domain = DOMAIN


class OrderNotConfirmed(FailedPrecondition):
    reason = "ORDER_NOT_CONFIRMED"
    domain = DOMAIN


class RefundMismatch(FailedPrecondition):
    """What was paid back is not of the order's payment, or more than its total."""

    reason = "REFUND_MISMATCH"
    domain = DOMAIN


class TransitionRefused(Exception):
    """An order can't go from where it stands to where it was sent; nothing was changed."""
