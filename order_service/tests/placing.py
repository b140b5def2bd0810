"""Placing orders without the user service, and seeing what became of the stock."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from uuid import UUID, uuid4

from django.db import transaction

from market.order.v1 import order_pb2
from mesh.context import Call
from mesh.core.ids import uuid7
from mesh.db.sql import row
from mesh.rpc.idempotency.claim import LOCK, Claim
from mesh.rpc.idempotency.once import once_by
from order_service.catalog.models import Product
from order_service.catalog.queries import offers as offers_for
from order_service.orders.actions import Outcome, Placing, place_orders
from order_service.orders.models import Order
from order_service.tests.threads import elsewhere

METHOD = "/market.order.v1.OrderService/CreateOrder"


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
    placing = Placing(user_id, quantities, payment_method, claim)

    def attempt() -> Outcome:
        (outcome,) = placed_together([placing], meanwhile=left.pop() if left else None)
        return outcome

    return once_by(claim, attempt)


def placed_together(
    placings: Sequence[Placing],
    meanwhile: Callable[[], object] | None = None,
    *,
    waits_ms: int = 0,
) -> list[Outcome]:
    """Places orders, new ones and repeats, by one attempt."""
    offers = offers_for(
        skus={sku for each in placings for sku in each.quantities},
        claims=[each.claim for each in placings],
    )
    if meanwhile:
        elsewhere(meanwhile)
    return place_orders(placings, offers, refused={}, waits_ms=waits_ms)


def new_claim(request_id: str = "", fingerprint: bytes = b"") -> Claim:
    """Returns the claim of a request that no call has made."""
    return Claim(
        subject="somebody",
        method=METHOD,
        request_id=request_id or str(uuid4()),
        fingerprint=fingerprint,
        response_class=order_pb2.CreateOrderResponse,
        call=Call(method=METHOD, request_id="", deadline=float("inf")),
    )


@contextmanager
def in_progress(claim: Claim) -> Iterator[None]:
    """Holds what a request with this claim would, while it is served."""
    request = "(SELECT %(subject)s AS subject, %(request_id)s AS request_id) AS request"
    values = {
        "subject": claim.subject,
        "method": claim.method,
        "request_id": claim.request_id,
    }
    with transaction.atomic():
        locked = row(f"SELECT {LOCK} FROM {request}", values)  # noqa: S608  # of constants
        assert locked == (True,)
        yield


def stock() -> dict[str, int]:
    return dict(Product.objects.values_list("sku", "stock"))
