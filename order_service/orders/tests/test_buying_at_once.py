"""Many buyers at once, on real threads."""

from collections.abc import Mapping, Sequence
from functools import partial

import pytest

from mesh.outbox.models import Step
from order_service.conftest import MakeProduct
from order_service.orders.errors import OutOfStock
from order_service.orders.models import Order, OrderItem
from order_service.tests.placing import place, stock
from order_service.tests.threads import at_once

BUYERS = 50


def all_at_once(orders: Sequence[Mapping[str, int]]) -> list[object]:
    return at_once([partial(place, quantities) for quantities in orders])


@pytest.mark.django_db(transaction=True)
def test_fifty_buyers_of_the_last_ten_get_exactly_ten(product: MakeProduct) -> None:
    product("MUG", stock=10)
    outcomes = all_at_once([{"MUG": 1}] * BUYERS)
    assert sum(isinstance(outcome, Order) for outcome in outcomes) == 10
    assert sum(isinstance(outcome, OutOfStock) for outcome in outcomes) == BUYERS - 10
    assert stock() == {"MUG": 0}
    assert Order.objects.count() == OrderItem.objects.count() == Step.objects.count() == 10


@pytest.mark.django_db(transaction=True)
def test_orders_of_the_same_products_in_opposite_order_never_block_one_another(
    product: MakeProduct,
) -> None:
    skus = [product(f"P{number}", stock=100).sku for number in range(5)]
    there, back = dict.fromkeys(skus, 1), dict.fromkeys(reversed(skus), 1)
    outcomes = all_at_once([there, back] * 10)
    assert all(isinstance(outcome, Order) for outcome in outcomes)
    assert set(stock().values()) == {80}
