"""Orders as a Django project keeps them: read with their items, placed in one transaction.

Placing writes what the mesh writes: the order, its items, the stock, its first event, the
step that is to charge it, and the answer under its Idempotency-Key.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now
from rest_framework.exceptions import ValidationError

from mesh.outbox.models import Step
from mesh.rpc.idempotency.models import StoredResponse
from order_service.catalog.models import Product
from order_service.orders.models import Order, OrderEvent, OrderItem
from order_service.orders.step_kinds import CHARGE_ORDER
from tests.bench.peers.serializers import CURRENCY, OrderSerializer

METHOD = "POST /api/orders/"


def orders_of(user_id: str) -> QuerySet[Order]:
    return Order.objects.filter(user_id=user_id).prefetch_related("items")


def page_of(user_id: str, size: int, before: str) -> dict[str, Any]:
    """Returns a page of a user's orders, newest first."""
    orders = orders_of(user_id).order_by("-id")
    found = list((orders.filter(id__lt=before) if before else orders)[: size + 1])
    shown = found[:size]
    token = str(shown[-1].id) if len(found) > size else ""
    return {"orders": OrderSerializer(shown, many=True).data, "next_page_token": token}


@transaction.atomic
def place(user_id: str, wanted: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Places an order, once for each key. Raises ValidationError."""
    digest = hashlib.sha256(json.dumps(wanted, sort_keys=True).encode()).digest()
    if key and (stored := _stored(user_id, key)):
        if bytes(stored.fingerprint) != digest:
            raise ValidationError("this Idempotency-Key was used for another request")
        return dict(json.loads(bytes(stored.response)))
    order = _placed(user_id, wanted)
    answer: dict[str, Any] = dict(OrderSerializer(order).data)
    if key:
        StoredResponse.objects.create(
            subject=user_id,
            method=METHOD,
            request_id=key,
            fingerprint=digest,
            response=json.dumps(answer, default=str).encode(),
        )
    return answer


def _stored(user_id: str, key: str) -> StoredResponse | None:
    return StoredResponse.objects.filter(subject=user_id, method=METHOD, request_id=key).first()


def _placed(user_id: str, wanted: Mapping[str, Any]) -> Order:
    quantities = {line["sku"]: line["quantity"] for line in wanted["items"]}
    locked = Product.objects.select_for_update(no_key=True).filter(sku__in=quantities)
    products = {product.sku: product for product in locked.order_by("sku")}
    if missing := quantities.keys() - products.keys():
        raise ValidationError(f"no such products: {sorted(missing)}")
    if short := [sku for sku, count in quantities.items() if products[sku].stock < count]:
        raise ValidationError(f"out of stock: {short}")
    order = Order.objects.create(
        user_id=user_id,
        currency=CURRENCY,
        total_minor=sum(products[sku].price_minor * n for sku, n in quantities.items()),
        payment_method=wanted["payment_method"],
    )
    items = OrderItem.objects.bulk_create(
        OrderItem(
            order=order,
            position=position,
            product=products[sku],
            title=products[sku].title,
            quantity=quantity,
            unit_price_minor=products[sku].price_minor,
        )
        for position, (sku, quantity) in enumerate(quantities.items())
    )
    for sku, quantity in quantities.items():
        Product.objects.filter(sku=sku).update(
            stock=F("stock") - quantity, version=F("version") + 1, update_time=Now()
        )
    OrderEvent.objects.create(order=order, seq=1, state=order.state, create_time=order.create_time)
    Step.objects.create(kind=CHARGE_ORDER, key=str(order.id), payload={"order_id": str(order.id)})
    order._prefetched_objects_cache = {"items": items}  # type: ignore[attr-defined]  # no query for what was just written
    return order
