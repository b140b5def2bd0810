from collections.abc import Mapping
from uuid import UUID

from django.conf import settings
from django.db import transaction

from order_service.catalog.actions import take_stock
from order_service.catalog.models import Product
from order_service.catalog.queries import products_for_update
from order_service.orders import events
from order_service.orders.actions.state_step import enqueue_step
from order_service.orders.errors import OutOfStock, ProductNotFound, TotalTooLarge
from order_service.orders.models import MAX_TOTAL_MINOR, Order, OrderItem


@transaction.atomic
def place_order(
    *, user_id: UUID, quantities: Mapping[str, int], payment_method: str
) -> tuple[Order, list[OrderItem]]:
    """Orders so many of each sku at the catalog's prices, holds the stock, enqueues the charge.

    Raises ProductNotFound, OutOfStock, TotalTooLarge: then nothing is held.
    """
    products = products_for_update(skus=quantities)
    _check_lines(quantities, products)
    order = Order(
        user_id=user_id,
        currency=settings.MARKET_CURRENCY,
        total_minor=sum(products[sku].price_minor * n for sku, n in quantities.items()),
        payment_method=payment_method,
    )
    if order.total_minor > MAX_TOTAL_MINOR:
        raise TotalTooLarge("the order's sum is above what one order may cost")
    order.save(force_insert=True)
    items = OrderItem.objects.bulk_create(_items(order, quantities, products))
    take_stock(quantities=quantities)
    events.append(order)
    enqueue_step(order)
    return order, items


def _check_lines(quantities: Mapping[str, int], products: Mapping[str, Product]) -> None:
    """Raises ProductNotFound, OutOfStock; each names every line that it is about."""
    lines = list(enumerate(quantities))
    if missing := [(place, sku) for place, sku in lines if not _on_sale(products.get(sku))]:
        raise ProductNotFound(missing)
    if short := [(place, sku) for place, sku in lines if products[sku].stock < quantities[sku]]:
        raise OutOfStock(short)


def _on_sale(product: Product | None) -> bool:
    """A product priced before the market changed its currency waits for a new price."""
    return product is not None and product.currency == settings.MARKET_CURRENCY


def _items(
    order: Order, quantities: Mapping[str, int], products: Mapping[str, Product]
) -> list[OrderItem]:
    return [
        OrderItem(
            order=order,
            position=position,
            product_id=sku,
            title=products[sku].title,
            quantity=quantity,
            unit_price_minor=products[sku].price_minor,
        )
        for position, (sku, quantity) in enumerate(quantities.items())
    ]
