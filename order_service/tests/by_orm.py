"""The ORM's way of what the service does by statements of its own, which have to do the same."""

from collections.abc import Mapping
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from mesh.outbox.actions import enqueue
from order_service.catalog.models import Product
from order_service.catalog.queries import products_for_update
from order_service.orders.models import Order, OrderEvent, OrderItem


@transaction.atomic
def place(*, user_id: UUID, quantities: Mapping[str, int], payment_method: str) -> Order:
    """Places an order that can be had."""
    products = products_for_update(skus=quantities)
    order = Order(
        user_id=user_id,
        currency=settings.MARKET_CURRENCY,
        total_minor=sum(products[sku].price_minor * n for sku, n in quantities.items()),
        payment_method=payment_method,
    )
    order.save(force_insert=True)
    for position, (sku, quantity) in enumerate(quantities.items()):
        OrderItem.objects.create(
            order=order,
            position=position,
            product_id=sku,
            title=products[sku].title,
            quantity=quantity,
            unit_price_minor=products[sku].price_minor,
        )
        Product.objects.filter(sku=sku).update(
            stock=F("stock") - quantity, version=F("version") + 1, update_time=Now()
        )
    OrderEvent.objects.create(
        order=order, seq=order.version, state=order.state, create_time=order.create_time
    )
    enqueue("charge_order", {"order_id": str(order.id)}, key=str(order.id))
    return order
