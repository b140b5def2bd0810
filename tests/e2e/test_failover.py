"""The order service's database fails over to its standby while people order."""

import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from tests.support.leaks import leaks
from tests.support.local_mesh import LocalMesh
from tests.support.mesh_under_test import Market, Person
from tests.support.standby import ReplicatedPostgres
from tests.support.waiting import eventually

MUG = "MUG-BLUE"
SHOPPERS = 3
WRITES_AGAIN_WITHIN_S = 15.0


class Answer(NamedTuple):
    """`at` is by the monotonic clock."""

    at: float
    response: httpx.Response


class Shopper(threading.Thread):
    """Places one order after another, each until it is answered with 201, under one key."""

    def __init__(self, market: Market, stop: threading.Event) -> None:
        super().__init__()
        self.market, self.person = market, market.register()
        self.answers: list[Answer] = []
        self._stop_event = stop

    def run(self) -> None:
        body = {"items": [{"sku": MUG, "quantity": 1}], "payment_method": "pm_ok"}
        key = str(uuid.uuid4())
        while not self._stop_event.is_set() or self.answers[-1].response.status_code != 201:
            headers = {"Idempotency-Key": key}
            response = self.market.post("/api/orders/", self.person, json=body, headers=headers)
            self.answers.append(Answer(time.monotonic(), response))
            if response.status_code == 201:
                key = str(uuid.uuid4())
            time.sleep(0.1)

    @property
    def placed(self) -> list[str]:
        return [
            str(answer.response.json()["id"])
            for answer in self.answers
            if answer.response.status_code == 201
        ]

    def since(self, moment: float, status: int) -> list[Answer]:
        return [
            one for one in self.answers if one.at > moment and one.response.status_code == status
        ]


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[ReplicatedPostgres]:
    with ReplicatedPostgres(tmp_path / "pair") as started:
        yield started


@pytest.fixture
def local(
    tmp_path_factory: pytest.TempPathFactory, pair: ReplicatedPostgres
) -> Iterator[LocalMesh]:
    url = pair.create("market_order")
    told = {"ORDER_DATABASE_URL": url, "ORDER_DATABASE_REPLICA_URL": url}
    mesh = LocalMesh(tmp_path_factory.mktemp("mesh"), told)
    yield mesh
    mesh.stop()


def test_orders_are_written_again_soon_and_none_that_was_answered_is_lost(
    local: LocalMesh, pair: ReplicatedPostgres
) -> None:
    stop = threading.Event()
    with Market(local.start()) as market:
        pages = (market.get(f"/api/products/?page_size={size}") for size in range(1, 201))
        eventually(lambda: by_the_standby(next(pages)), 60, 0.5)
        shoppers = [Shopper(market, stop) for _ in range(SHOPPERS)]
        for shopper in shoppers:
            shopper.start()
        wait_for_orders(shoppers, 0.0)
        ended = time.monotonic()
        pair.fail_over()
        wait_for_orders(shoppers, time.monotonic())
        stop.set()
        for shopper in shoppers:
            shopper.join()
        eventually(lambda: not by_the_standby(next(pages)), 60, 0.5)
        for shopper in shoppers:
            assert shopper.since(ended, 201)[0].at - ended < WRITES_AGAIN_WITHIN_S
            assert_told_when_to_ask_again(shopper)
            assert_all_are_there(market, shopper.person, shopper.placed)
        assert leaks(local.var, market.told) == []


def by_the_standby(page: httpx.Response) -> bool:
    """Returns whether what nobody had asked for before came from where it may be old."""
    assert page.status_code == 200, page.text
    return "age" in page.headers


def wait_for_orders(shoppers: list[Shopper], moment: float) -> None:
    """Waits until each has placed one after the moment."""
    until = time.monotonic() + 60
    while not all(shopper.since(moment, 201) for shopper in shoppers):
        assert time.monotonic() < until, [shopper.answers[-3:] for shopper in shoppers]
        time.sleep(0.05)


def assert_told_when_to_ask_again(shopper: Shopper) -> None:
    for _, response in shopper.answers:
        assert response.status_code in {201, 503}, response.text
        assert response.status_code == 201 or int(response.headers["Retry-After"]) >= 1


def assert_all_are_there(market: Market, person: Person, placed: list[str]) -> None:
    """Each order that was answered is confirmed, and there is no other."""
    for order_id in placed:
        assert market.order_at_rest(person, order_id)["state"] == "ORDER_STATE_CONFIRMED"
    listed = market.get("/api/orders/?page_size=100", person).json()
    assert {order["id"] for order in listed["orders"]} == set(placed)
