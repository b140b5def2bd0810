"""Placing orders without the user service, and seeing what became of the stock."""

from collections.abc import Callable, Mapping
from uuid import UUID, uuid4

from market.order.v1 import order_pb2
from mesh.core.ids import uuid7
from mesh.rpc.idempotency.claim import Claim
from mesh.rpc.idempotency.once import once_by
from order_service.catalog.models import Product
from order_service.catalog.queries import offers as offers_for
from order_service.orders.actions import place_order
from order_service.orders.models import Order
from order_service.tests.threads import elsewhere


def place(
    quantities: Mapping[str, int], user_id: UUID | None = None, payment_method: str = "pm_ok"
) -> Order:
    response = placed(new_claim(), quantities, user_id or uuid7(), payment_method)
    return Order.objects.get(id=response.order.id)


def placed(
    claim: Claim,
    quantities: Mapping[str, int],
    user_id: UUID,
    payment_method: str = "pm_ok",
    meanwhile: Callable[[], object] | None = None,
) -> order_pb2.CreateOrderResponse:
    """Places an order under a claim; `meanwhile` is run once, between reading and writing."""
    left = [meanwhile] if meanwhile else []

    def attempt() -> order_pb2.CreateOrderResponse:
        time, offers = offers_for(skus=quantities, claim=claim)
        for do in left:
            elsewhere(do)
        left.clear()
        return place_order(
            user_id=user_id,
            quantities=quantities,
            payment_method=payment_method,
            offers=offers,
            placed_at=time,
            claim=claim,
        )

    return once_by(claim, attempt)


def new_claim(request_id: str = "", fingerprint: bytes = b"") -> Claim:
    """Returns the claim of a request that no call has made."""
    return Claim(
        subject="somebody",
        method="/market.order.v1.OrderService/CreateOrder",
        request_id=request_id or str(uuid4()),
        fingerprint=fingerprint,
        response_class=order_pb2.CreateOrderResponse,
    )


def stock() -> dict[str, int]:
    return dict(Product.objects.values_list("sku", "stock"))
