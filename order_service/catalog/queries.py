from collections.abc import Collection

from mesh.contract.pagination import page
from order_service.catalog.errors import ProductNotFound
from order_service.catalog.models import Product


def product(*, sku: str) -> Product:
    """Raises ProductNotFound."""
    try:
        return Product.objects.get(sku=sku)
    except Product.DoesNotExist:
        raise ProductNotFound("there is no such product", sku=sku) from None


def product_for_update(*, sku: str) -> Product:
    """Locked until the transaction ends. Raises ProductNotFound."""
    found = products_for_update(skus=[sku])
    if not found:
        raise ProductNotFound("there is no such product", sku=sku)
    return found[sku]


def products_for_update(*, skus: Collection[str]) -> dict[str, Product]:
    """Those that exist, locked until the transaction ends.

    Always locked in the order of their skus, so that no two transactions wait for one
    another.
    """
    locked = Product.objects.select_for_update(no_key=True).filter(sku__in=skus).order_by("sku")
    return {product.sku: product for product in locked}


def products_page(*, size: int, token: str) -> tuple[list[Product], str]:
    """Returns a page of products by sku, and the token of the next page.

    Raises PageTokenInvalid.
    """
    return page(Product.objects.all(), "products", size=size, token=token, key="sku")
