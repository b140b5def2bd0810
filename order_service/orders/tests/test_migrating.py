"""Orders from before refunds were kept get the sums that their states mean."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from order_service.orders.models import Order, OrderEvent

pytestmark = pytest.mark.django_db(transaction=True)


def migrate(name: str) -> Any:
    """The models as they are then."""
    executor = MigrationExecutor(connection)
    executor.migrate([("orders", name)])
    return executor.loader.project_state([("orders", name)]).apps


@pytest.fixture
def before() -> Iterator[Any]:
    try:
        yield migrate("0001_initial")
    finally:
        executor = MigrationExecutor(connection)
        executor.migrate(executor.loader.graph.leaf_nodes("orders"))


def test_what_ended_refunded_was_refunded_whole_and_nothing_else_was(before: Any) -> None:
    for state, reason in (("REFUNDED", "REQUESTED"), ("FULFILLED", "")):
        order = before.get_model("orders", "Order").objects.create(
            user_id=uuid4(),
            state=state,
            currency="EUR",
            total_minor=700,
            payment_id=uuid4(),
            cancel_reason=reason,
        )
        before.get_model("orders", "OrderEvent").objects.create(
            order_id=order.id, seq=1, state=state, create_time="2026-01-01T00:00Z"
        )
    migrate("0003_refunds_checked")
    for rows in (Order.objects, OrderEvent.objects):
        sums = dict(rows.values_list("state", "refunded_minor"))
        assert sums == {"REFUNDED": 700, "FULFILLED": 0}
