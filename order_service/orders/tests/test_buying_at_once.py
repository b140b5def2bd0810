"""Many buyers at once, on real threads."""

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from mesh.outbox.models import Step
from order_service.conftest import MakeProduct
from order_service.orders.errors import OutOfStock
from order_service.orders.models import Order, OrderItem
from order_service.tests.placing import place, stock

BUYERS = 50


def all_at_once(orders: list[Mapping[str, int]]) -> list[Order | OutOfStock]:
    """Each order placed on a thread of its own, all at the same moment."""
    barrier = threading.Barrier(len(orders))

    def buy(quantities: Mapping[str, int]) -> Order | OutOfStock:
        try:
            connection.ensure_connection()
            barrier.wait(timeout=20)
            return place(quantities)
        except OutOfStock as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(orders)) as threads:
        return list(threads.map(buy, orders))


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
