from mesh.core.errors import AlreadyExists, FieldViolation, InvalidArgument, NotFound

DOMAIN = "market.catalog.v1"


class ProductNotFound(NotFound):
    reason = "PRODUCT_NOT_FOUND"
    domain = DOMAIN


class SkuTaken(AlreadyExists):
    reason = "SKU_TAKEN"
    domain = DOMAIN


class PriceInvalid(InvalidArgument):
    """A price in another currency than the market's, or finer than its smallest unit."""

    reason = "PRICE_INVALID"
    domain = DOMAIN

    def __init__(self, detail: str) -> None:
        super().__init__(detail, violations=[FieldViolation("product.price", detail)])
