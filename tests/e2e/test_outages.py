"""Each service stopped in turn: what needs it says so at once, the rest works, and work
that was begun finishes when it is back."""

import time

import pytest

from tests.support.local_mesh import LocalMesh
from tests.support.mesh_under_test import Market, unless_503
from tests.support.outages import BACK_WITHIN_S, assert_unavailable, readiness, stopped
from tests.support.waiting import eventually

MUG = "MUG-BLUE"


def test_without_the_user_service_orders_are_readable_but_not_placed(
    mesh: LocalMesh, market: Market
) -> None:
    ada = market.register()
    placed = market.place_order(ada, MUG).json()
    with stopped(mesh, market, "user"):
        assert_unavailable(market.get("/api/users/me/", ada), "User service")
        assert_unavailable(market.place_order(ada, MUG), "User service")
        assert market.get("/api/products/").status_code == 200
        assert market.get(f"/api/orders/{placed['id']}/", ada).status_code == 200
    # The edge hears that the user service is back before the order service need have.
    back = eventually(lambda: unless_503(market.place_order(ada, MUG)), BACK_WITHIN_S)
    assert back.status_code == 201


def test_without_the_order_service_profiles_work_and_orders_are_503(
    mesh: LocalMesh, market: Market
) -> None:
    ada = market.register()
    with stopped(mesh, market, "order"):
        assert_unavailable(market.get(f"/api/users/{ada.id}/orders/", ada), "Order service")
        assert_unavailable(market.place_order(ada, MUG), "Order service")
        assert market.get("/api/users/me/", ada).status_code == 200
        assert market.get("/livez").status_code == 200
        assert readiness(market) == "degraded"


def test_an_order_placed_without_the_payment_service_is_confirmed_once_it_is_back(
    mesh: LocalMesh, market: Market
) -> None:
    ada = market.register()
    with stopped(mesh, market, "payment"):
        placed = market.place_order(ada, MUG)
        assert placed.status_code == 201
        time.sleep(1.5)
        order = market.get(f"/api/orders/{placed.json()['id']}/", ada).json()
        assert order["state"] == "ORDER_STATE_PENDING"
    ended = market.order_at_rest(ada, order["id"], within_s=30)
    assert ended["state"] == "ORDER_STATE_CONFIRMED"
    market.mail_about(ada.email, "confirmed", within_s=30)


@pytest.mark.parametrize("name", ["order-worker", "mailbox"])
def test_work_waits_for_whoever_does_it(mesh: LocalMesh, market: Market, name: str) -> None:
    ada = market.register()
    mesh.hold(name)
    try:
        placed = market.place_order(ada, MUG)
        assert placed.status_code == 201
    finally:
        mesh.release(name)
    ended = market.order_at_rest(ada, placed.json()["id"], within_s=30)
    assert ended["state"] == "ORDER_STATE_CONFIRMED"
    market.mail_about(ada.email, "confirmed", within_s=60)
