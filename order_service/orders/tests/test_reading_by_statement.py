"""What the service's own statements read is what the ORM would, by one statement each."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from market.order.v1 import order_pb2
from mesh.contract.pagination import PageTokenInvalid
from mesh.core.ids import uuid7
from order_service.catalog.models import Product
from order_service.conftest import MakeProduct
from order_service.orders import queries
from order_service.orders.convert import fields, to_wire
from order_service.orders.models import Order, OrderItem
from order_service.orders.rows import Listing
from order_service.tests.placing import place
from order_service.tests.plans import indexes_of

pytestmark = pytest.mark.django_db
USERS = (uuid7(), uuid7())
SKUS = ("A", "b-2", "Ç 3", "0")
PAID = {"CONFIRMED", "REFUNDED", "FULFILLED"}
GIVEN_UP = {"CANCELLING", "CANCELLED", "REFUNDED"}


@st.composite
def orders(draw: st.DrawFn) -> tuple[Order, list[OrderItem]]:
    """An order that the database takes, with its items."""
    state = draw(st.sampled_from(Order.State.values))
    total = draw(st.integers(1, 10**15))
    refunded = {"REFUNDED": total, "FULFILLED": draw(st.integers(0, total))}.get(state, 0)
    order = Order(
        user_id=draw(st.sampled_from(USERS)),
        state=state,
        currency=draw(st.sampled_from(["EUR", "JPY", "KWD"])),
        total_minor=total,
        refunded_minor=refunded,
        payment_method="pm" if state == "PENDING" else "",
        payment_id=uuid7() if state in PAID else None,
        cancel_reason=draw(st.sampled_from(Order.CancelReason.values)) if state in GIVEN_UP else "",
        version=draw(st.integers(1, 2**31 - 1)),
    )
    skus = draw(st.lists(st.sampled_from(SKUS), unique=True))
    items = [
        OrderItem(
            order=order,
            position=position,
            product_id=sku,
            title=draw(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=9)),
            quantity=draw(st.integers(1, 1000)),
            unit_price_minor=draw(st.integers(1, 2**63 - 1)),
        )
        for position, sku in enumerate(skus)
    ]
    return order, items


def write(drawn: list[tuple[Order, list[OrderItem]]]) -> None:
    Product.objects.bulk_create(
        Product(sku=sku, title=sku, price_minor=1, currency="EUR", stock=1, supplied=1)
        for sku in SKUS
    )
    Order.objects.bulk_create(order for order, _ in drawn)
    OrderItem.objects.bulk_create(item for _, items in drawn for item in items)


def by_orm(**conditions: Any) -> list[order_pb2.Order]:
    rows = Order.objects.filter(**conditions).prefetch_related("items").order_by("-id")
    return list(map(to_wire, rows))


def page_of(listing: Listing) -> queries.Page:
    (page,) = queries.orders_pages([listing])
    assert not isinstance(page, Exception)
    return page


def all_pages(size: int, **conditions: str) -> list[order_pb2.Order]:
    messages, token = list[order_pb2.Order](), ""
    while True:
        found, token = page_of(Listing(**conditions, size=size, token=token))
        messages += [order_pb2.Order(**fields(*one)) for one in found]
        if not token:
            return messages


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    drawn=st.lists(orders(), max_size=6),
    owners=st.lists(st.sampled_from([None, *map(str, USERS)]), min_size=7, max_size=7),
)
def test_messages_are_those_of_the_models(
    drawn: list[tuple[Order, list[OrderItem]]], owners: list[str | None]
) -> None:
    with transaction.atomic():
        write(drawn)
        asked = list(zip([uuid7(), *(order.id for order, _ in drawn)], owners, strict=False))
        found = queries.orders_seen_by(asked)
        assert [one and order_pb2.Order(**fields(*one)) for one in found] == [
            _seen(*one) for one in asked
        ]
        for conditions in _CONDITIONS:
            assert all_pages(2, **conditions) == by_orm(**conditions)
        transaction.set_rollback(True)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    drawn=st.lists(orders(), max_size=6),
    asked=st.lists(
        st.builds(
            Listing,
            user_id=st.sampled_from(["", *map(str, USERS)]),
            state=st.sampled_from(["", "PENDING", "FULFILLED"]),
            size=st.integers(1, 3),
            token=st.sampled_from(["", "forged"]),
        ),
        max_size=6,
    ),
)
def test_pages_that_are_read_together_are_those_that_each_would_be_alone(
    drawn: list[tuple[Order, list[OrderItem]]], asked: list[Listing]
) -> None:
    with transaction.atomic():
        write(drawn)
        further = [
            one._replace(token=page[1])
            for one, page in zip(asked, queries.orders_pages(asked), strict=True)
            if not isinstance(page, PageTokenInvalid)
        ]
        together = queries.orders_pages([*asked, *further])
        for one, page in zip([*asked, *further], together, strict=True):
            (alone,) = queries.orders_pages([one])
            if one.token == "forged":
                assert isinstance(page, PageTokenInvalid)
            else:
                assert not isinstance(page, PageTokenInvalid)
                assert not isinstance(alone, PageTokenInvalid)
                assert page[0] == alone[0]
                assert bool(page[1]) == bool(alone[1])
        transaction.set_rollback(True)


_CONDITIONS: list[dict[str, str]] = [
    {},
    {"user_id": str(USERS[0])},
    {"state": "PENDING"},
    {"user_id": str(USERS[1]), "state": "REFUNDED"},
]


def _seen(order_id: UUID, owner: str | None) -> order_pb2.Order | None:
    return next(iter(by_orm(id=order_id, **({"user_id": owner} if owner else {}))), None)


@pytest.mark.parametrize(
    ("conditions", "index"),
    [
        ({}, "orders_order_pkey"),
        ({"user_id": str(USERS[0])}, "orders_order_by_user"),
        ({"state": "CONFIRMED"}, "orders_order_by_state"),
    ],
)
def test_a_page_is_one_statement_that_reads_an_index(
    product: MakeProduct, conditions: Mapping[str, str], index: str
) -> None:
    product("MUG", stock=100)
    for _ in range(3):
        place({"MUG": 1}, USERS[0])

    def read(size: int) -> None:
        page_of(Listing(**conditions, size=size))

    with CaptureQueriesContext(connection) as captured:
        read(50)
        queries.orders_pages([Listing(**conditions, size=n) for n in (1, 2)])
    assert len(captured) == 2
    assert index in indexes_of(lambda: read(50))


def test_orders_are_one_statement_that_reads_an_index(product: MakeProduct) -> None:
    product("MUG", stock=100)
    asked = [(place({"MUG": 1}).id, None) for _ in range(3)]
    with CaptureQueriesContext(connection) as captured:
        assert None not in queries.orders_seen_by(asked)
    assert len(captured) == 1
    assert "orders_order_pkey" in indexes_of(lambda: queries.orders_seen_by(asked))
