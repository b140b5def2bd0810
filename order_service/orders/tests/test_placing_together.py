"""Orders that are placed by one statement: each as if it had been placed alone."""

import random
import re
from collections.abc import Mapping
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from market.order.v1 import order_pb2
from mesh.core.ids import uuid7
from mesh.outbox.models import Step
from mesh.rpc.idempotency.claim import NotClaimed
from mesh.rpc.idempotency.models import StoredResponse
from order_service.catalog.models import Product
from order_service.catalog.queries import offers
from order_service.conftest import MakeProduct
from order_service.orders import convert
from order_service.orders.actions import Outcome, Placing
from order_service.orders.errors import OutOfStock, ProductNotFound
from order_service.orders.invariants import violations
from order_service.orders.models import Order, OrderEvent, OrderItem
from order_service.tests import by_orm
from order_service.tests.placing import in_progress, new_claim, placed, placed_together, stock
from order_service.tests.plans import plans_of
from order_service.tests.threads import at_once, elsewhere

SKUS = ("A", "b-2", "Ç 3", "0")
BASKETS = st.lists(
    st.dictionaries(st.sampled_from(SKUS), st.integers(1, 9), min_size=1), min_size=1, max_size=6
)
LEFT = NotClaimed(locked=True)


def placing(quantities: Mapping[str, int], request_id: str = "") -> Placing:
    return Placing(uuid7(), quantities, "pm_ok", new_claim(request_id))


def is_placed(outcome: Outcome) -> bool:
    return isinstance(outcome, order_pb2.CreateOrderResponse)


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(baskets=BASKETS)
def test_they_write_what_the_orm_would_for_one_after_another(
    baskets: list[Mapping[str, int]],
) -> None:
    asked = [placing(quantities) for quantities in baskets]
    found = []

    def together() -> None:
        for outcome in placed_together(asked):
            assert isinstance(outcome, order_pb2.CreateOrderResponse)
            assert outcome.order == convert.to_wire(Order.objects.get(id=outcome.order.id))

    def by_models() -> None:
        for each in asked:
            by_orm.place(user_id=each.user_id, quantities=each.quantities, payment_method="pm_ok")

    for way in (together, by_models):
        with transaction.atomic():
            Product.objects.bulk_create(
                Product(sku=sku, title=sku, price_minor=7, currency="EUR", stock=60, supplied=60)
                for sku in SKUS
            )
            way()
            found.append(_written())
            transaction.set_rollback(True)
    assert found[0] == found[1]


def _written() -> list[Any]:
    """Returns what was written for each order, and of each product; constraints are checked."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert list(violations(at_rest=False)) == []
    orders = Order.objects.order_by("user_id")
    steps = {step.key: (step.kind, step.payload, step.state) for step in Step.objects.all()}
    lines = OrderItem.objects.order_by("position")
    return [
        [
            (order.user_id, order.state, order.total_minor, order.payment_method, order.version)
            for order in orders
        ],
        [
            list(lines.filter(order=order).values_list("product_id", "title", "quantity"))
            for order in orders
        ],
        [list(OrderEvent.objects.filter(order=order).values_list("seq")) for order in orders],
        [
            steps[str(order.id)] == ("charge_order", {"order_id": str(order.id)}, "PENDING")
            for order in orders
        ],
        list(Product.objects.order_by("sku").values_list("sku", "stock", "version")),
    ]


@pytest.mark.django_db(transaction=True)
def test_all_of_them_cost_two_statements(product: MakeProduct) -> None:
    product("MUG", stock=100), product("PEN", stock=100)
    asked = [placing({"MUG": 1, "PEN": 2}) for _ in range(32)]
    with CaptureQueriesContext(connection) as sent:
        assert all(map(is_placed, placed_together(asked)))
    assert len(sent) == 2
    assert stock() == {"MUG": 68, "PEN": 36}


@pytest.mark.django_db(transaction=True)
def test_each_gets_what_it_would_get_alone(product: MakeProduct) -> None:
    product("MUG", stock=3), product("PEN", stock=9)
    repeat = placing({"PEN": 1})
    first = placed(repeat.claim, repeat.quantities, repeat.user_id)
    asked = [
        placing({"MUG": 2, "PEN": 1}),
        placing({"POT": 1}),
        placing({"MUG": 4}),
        repeat,
        placing({"PEN": 1}),
    ]
    outcomes = placed_together(asked)
    assert [type(outcome) for outcome in outcomes] == [
        order_pb2.CreateOrderResponse,
        ProductNotFound,
        OutOfStock,
        order_pb2.CreateOrderResponse,
        order_pb2.CreateOrderResponse,
    ]
    assert outcomes[3] == first
    assert (Order.objects.count(), stock()) == (3, {"MUG": 1, "PEN": 6})
    kept = set(StoredResponse.objects.values_list("request_id", flat=True))
    assert kept == {asked[place].claim.request_id for place in (0, 3, 4)}


@pytest.mark.django_db(transaction=True)
def test_what_is_left_of_a_product_goes_to_those_who_came_first(product: MakeProduct) -> None:
    product("MUG", stock=5), product("PEN", stock=5)
    outcomes = placed_together(
        [placing(each) for each in ({"MUG": 3}, {"PEN": 2, "MUG": 3}, {"MUG": 2}, {"PEN": 3})]
    )
    assert is_placed(outcomes[0])
    assert outcomes[1] == LEFT
    assert is_placed(outcomes[3])
    assert list(violations(at_rest=False)) == []


@pytest.mark.django_db(transaction=True)
def test_of_two_with_the_same_request_one_is_placed(product: MakeProduct) -> None:
    product("MUG", stock=9)
    one, other = (placing({"MUG": 2}, "the same") for _ in range(2))
    outcomes = placed_together([one, other, placing({"MUG": 1})])
    assert list(map(is_placed, outcomes)) == [True, False, True]
    assert outcomes[1] == LEFT
    assert (Order.objects.count(), Step.objects.count(), stock()) == (2, 2, {"MUG": 6})
    assert placed(other.claim, other.quantities, other.user_id) == outcomes[0]


@pytest.mark.django_db(transaction=True)
def test_one_in_progress_elsewhere_holds_up_no_other(product: MakeProduct) -> None:
    product("MUG", stock=9)
    busy = placing({"MUG": 2})
    with in_progress(busy.claim):

        def others() -> None:
            outcomes = placed_together([busy, placing({"MUG": 1})])
            assert outcomes[0] == NotClaimed(locked=False)
            assert is_placed(outcomes[1])

        elsewhere(others)
    assert stock() == {"MUG": 8}


@pytest.mark.django_db(transaction=True)
def test_what_changed_meanwhile_is_left_and_the_others_are_placed(product: MakeProduct) -> None:
    product("MUG"), product("PEN")

    def reprice() -> None:
        Product.objects.filter(sku="PEN").update(price_minor=99)

    outcomes = placed_together([placing({"PEN": 1, "MUG": 1}), placing({"MUG": 1})], reprice)
    assert outcomes[0] == LEFT
    assert is_placed(outcomes[1])
    assert stock() == {"MUG": 9, "PEN": 10}


@pytest.mark.django_db(transaction=True)
def test_a_product_that_is_locked_holds_them_up_no_longer_than_said(product: MakeProduct) -> None:
    product("MUG"), product("PEN")
    with transaction.atomic():
        Product.objects.select_for_update().get(sku="PEN")

        def others() -> None:
            asked = [placing({"MUG": 1}), placing({"PEN": 1})]
            assert placed_together(asked, waits_ms=50) == [LEFT, LEFT]
            assert is_placed(placed_together(asked[:1], waits_ms=50)[0])

        elsewhere(others)
    assert stock() == {"MUG": 9, "PEN": 10}


@pytest.mark.django_db(transaction=True)
def test_no_such_limit_is_left_on_the_connection(product: MakeProduct) -> None:
    product("MUG")
    placed_together([placing({"MUG": 1})], waits_ms=50)
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("0",)


@pytest.mark.django_db(transaction=True)
def test_batches_at_once_sell_no_more_than_there_is(product: MakeProduct) -> None:
    skus = [f"P{number}" for number in range(6)]
    for sku in skus:
        product(sku, stock=15)
    dice = random.Random(7)  # noqa: S311  # a basket is no secret

    def batch() -> list[Outcome]:
        baskets = [dice.sample(skus, dice.randint(1, 4)) for _ in range(8)]
        return placed_together([placing(dict.fromkeys(basket, 1)) for basket in baskets])

    outcomes = [each for batch in at_once([batch] * 8) for each in batch]  # type: ignore[attr-defined]
    assert len(outcomes) == 64
    assert Order.objects.count() == sum(map(is_placed, outcomes))
    sold = sum(item.quantity for item in OrderItem.objects.all())
    assert sold == 6 * 15 - sum(stock().values())
    assert sold > 40
    assert list(violations(at_rest=False)) == []


@pytest.mark.django_db(transaction=True)
def test_forty_repeats_at_once_in_batches_are_one_order(product: MakeProduct) -> None:
    product("MUG", stock=100)
    user_id = uuid7()

    def batch() -> list[Outcome]:
        again = [Placing(user_id, {"MUG": 2}, "pm_ok", new_claim("r1")) for _ in range(5)]
        return placed_together([*again, placing({"MUG": 1})])

    outcomes = [each for batch in at_once([batch] * 8) for each in batch]  # type: ignore[attr-defined]
    ids = {each.order.id for each in outcomes if is_placed(each) and len(each.order.items) == 1}
    assert (Order.objects.count(), stock()) == (9, {"MUG": 90})
    assert len(ids) == 9


@pytest.mark.django_db(transaction=True)
def test_what_is_stored_is_looked_up_by_its_key_though_planned_when_nothing_is() -> None:
    claims = [new_claim() for _ in range(3)]
    with transaction.atomic():
        (plan,) = plans_of(lambda: offers(skus=["MUG"], claims=claims))
    conditions = re.findall(r"idempotency_one_response .*\n +Index Cond: (.*)", plan)
    assert len(conditions) == 1
    assert all(column in conditions[0] for column in ("subject", "method", "request_id"))


@pytest.mark.django_db(transaction=True)
def test_they_are_one_transaction_which_waits_for_its_disk_once(product: MakeProduct) -> None:
    product("MUG", stock=100)
    placed_together([placing({"MUG": 1}) for _ in range(20)])
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), count(DISTINCT xmin::text) FROM orders_order")
        assert cursor.fetchone() == (20, 1)
