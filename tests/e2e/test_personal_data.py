"""A person asks for all of its data, and to be forgotten: in every service, whoever is down."""

from typing import Any

from tests.support.local_mesh import LocalMesh
from tests.support.mesh_under_test import WITHIN_S, Market, Person
from tests.support.outages import assert_unavailable, stopped
from tests.support.waiting import eventually

MUG = "MUG-BLUE"


def exported(market: Market, person: Person, user_id: str = "me") -> dict[str, Any]:
    answer = market.get(f"/api/users/{user_id}/export/", person)
    assert answer.status_code == 200, answer.text
    data: dict[str, Any] = answer.json()
    return data


def test_an_export_has_what_every_service_keeps_for_its_owner_and_staff_alone(
    market: Market,
) -> None:
    ada = market.register("ada")
    order = market.order_at_rest(ada, market.place_order(ada, MUG).json()["id"])
    market.mail_about(ada.email, "confirmed")
    data = eventually(lambda: found if all_sent(found := exported(market, ada)) else None, WITHIN_S)
    assert (data["user"]["id"], data["user"]["email"]) == (ada.id, ada.email)
    assert len(data["sessions"]) == 1
    assert data["orders"] == [order]
    assert [event["state"] for event in data["order_events"]] == [
        "ORDER_STATE_PENDING",
        "ORDER_STATE_CONFIRMED",
    ]
    assert data["payments"] == [market.get(f"/api/payments/{order['payment_id']}/", ada).json()]
    assert [(mail["template"], mail["order_id"]) for mail in data["mails"]] == [
        ("welcome", ""),
        ("order_confirmed", order["id"]),
    ]
    assert exported(market, market.staff(), ada.id) == data
    another = market.get(f"/api/users/{ada.id}/export/", market.register("bob"))
    assert another.status_code == 404


def all_sent(data: dict[str, Any]) -> bool:
    return len(data["mails"]) == 2 and {mail["state"] for mail in data["mails"]} == {"SENT"}


def test_an_export_is_whole_or_unavailable(mesh: LocalMesh, market: Market) -> None:
    ada = market.register("ada")
    market.order_at_rest(ada, market.place_order(ada, MUG).json()["id"])
    for name in ("order", "payment"):
        with stopped(mesh, market, name):
            answer = market.get("/api/users/me/export/", ada)
            assert_unavailable(answer, f"{name.title()} service")
    # The user service's own connections come back when they do; the edge's are back.
    path = "/api/users/me/export/"
    eventually(lambda: market.get(path, ada).status_code == 200, WITHIN_S)
    assert len(exported(market, ada)["payments"]) == 1


def test_who_is_erased_is_forgotten_everywhere_and_charged_for_nothing_more(
    mesh: LocalMesh, market: Market
) -> None:
    ada, staff = market.register("ada"), market.staff()
    before = market.stock(MUG)
    kept = market.order_at_rest(ada, market.place_order(ada, MUG).json()["id"])
    with stopped(mesh, market, "payment"):
        pending = market.place_order(ada, MUG, quantity=2).json()
        erased = market.request("DELETE", "/api/users/me/", ada, headers=market.proof(ada))
        assert erased.status_code == 204
        for path in (f"/api/users/{ada.id}/", f"/api/users/{ada.id}/export/"):
            assert market.get(path, staff).status_code == 404
        refused = market.place_order(ada, MUG)  # its token may be good for a moment
        said = (refused.status_code, refused.json()["code"])
        assert said in {(400, "USER_NOT_FOUND"), (401, "TOKEN_INVALID")}
    ended = market.order_at_rest(staff, pending["id"])
    assert ended["state"] in {"ORDER_STATE_CANCELLED", "ORDER_STATE_REFUNDED"}
    assert market.stock(MUG) == before - 1
    assert market.get(f"/api/orders/{kept['id']}/", staff).json() == kept
    payment = market.get(f"/api/payments/{kept['payment_id']}/", staff).json()
    assert payment["state"] == "PAYMENT_STATE_CAPTURED"
