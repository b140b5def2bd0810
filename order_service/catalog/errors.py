from mesh.core.errors import (
    AlreadyExists,
    DomainError,
    FieldViolation,
    InvalidArgument,
    NotFound,
)


class CatalogError(DomainError):
    domain = "market.catalog.v1"


class ProductNotFound(CatalogError, NotFound):
    reason = "PRODUCT_NOT_FOUND"


class SkuTaken(CatalogError, AlreadyExists):
    reason = "SKU_TAKEN"


class PriceInvalid(CatalogError, InvalidArgument):
    """A price in another currency than the market's, or finer than its smallest unit."""

    reason = "PRICE_INVALID"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, violations=[FieldViolation("product.price", detail)])
