"""A process that is killed while it places an order: there is all of the order, or nothing."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import connection, transaction

from mesh.context import Call, serving
from mesh.core.ids import uuid7
from mesh.outbox.models import Step
from mesh.rpc.idempotency.models import StoredResponse
from order_service.catalog.models import Product
from order_service.conftest import MakeProduct
from order_service.orders.invariants import violations
from order_service.orders.models import Order, OrderEvent
from order_service.tests.placing import new_claim, placed, stock
from tests.support.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)
WITHIN_S = 60
Start = Callable[[str], "subprocess.Popen[bytes]"]


@pytest.fixture
def start(tmp_path: Path, product: MakeProduct) -> Iterator[Start]:
    """Starts a process that places an order of 2 of 10 mugs under a request's id."""
    product("MUG", stock=10)
    started = []

    def start(request_id: str) -> "subprocess.Popen[bytes]":
        of = connection.settings_dict
        url = f"postgresql://{of['USER']}:{of['PASSWORD']}@{of['HOST']}:{of['PORT']}/{of['NAME']}"
        told = {
            "ORDER_DATABASE_URL": url,
            "MESH_FAILPOINTS": str(tmp_path),
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        module = "order_service.tests.placing_process"
        process = subprocess.Popen(
            [sys.executable, "-m", module, request_id], env=os.environ | told
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def orders_placed() -> int:
    """Returns how many there are, all of which are whole."""
    placed = Order.objects.count()
    for model in (OrderEvent, Step, StoredResponse):
        assert model._default_manager.count() == placed
    assert stock() == {"MUG": 10 - 2 * placed}
    assert list(violations(at_rest=False)) == []
    return placed


def repeat(request_id: str) -> None:
    claim = new_claim(request_id)
    with serving(Call(method=claim.method, request_id="", deadline=time.monotonic() + 10)):
        response = placed(claim, {"MUG": 2}, uuid7())
    assert response.order.id == str(Order.objects.get().id)


@pytest.mark.parametrize(("point", "left"), [("order.place.decided", 0), ("request.committed", 1)])
def test_before_the_statement_nothing_is_left_and_after_it_all(
    start: Start, tmp_path: Path, point: str, left: int
) -> None:
    (tmp_path / point).write_text("kill")
    request_id = str(uuid4())
    assert start(request_id).wait(WITHIN_S) == -signal.SIGKILL
    assert orders_placed() == left
    repeat(request_id)
    assert orders_placed() == 1


def test_while_the_statement_waits_for_a_product_there_is_all_or_nothing(start: Start) -> None:
    request_id = str(uuid4())
    with transaction.atomic():
        Product.objects.select_for_update().get()
        process = start(request_id)
        eventually(lambda: _backends(waiting=True) == 1)
        process.kill()
        process.wait()
    eventually(lambda: _backends(waiting=False) == 0)
    assert orders_placed() in (0, 1)
    repeat(request_id)
    assert orders_placed() == 1


def _backends(*, waiting: bool) -> int:
    """Returns how many others are connected to the test's database; those waiting for a lock."""
    query = """
        SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND backend_type = 'client backend'
            AND pid <> pg_backend_pid() AND (wait_event_type = 'Lock' OR NOT %s)
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # else a transaction sees no news
        cursor.execute(query, [waiting])
        return int(cursor.fetchone()[0])
