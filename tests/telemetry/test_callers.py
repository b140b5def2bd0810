"""Who calls whom in a running mesh, held against what contract and wirings allow, both ways.

A call that is not allowed is a gap in `make k8s`; one that is allowed and not made is a door
that nobody uses, and is listed here with its reason or taken away.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import httpx
import pytest

from dev.config import ROOT
from dev.supervisor.procfile import read_procfile
from mesh.contract.model import Method, market_contract
from tests.e2e.test_staff_pages import SERVICES as PAGES
from tests.e2e.test_staff_pages import browser
from tests.support.local_mesh import LocalMesh
from tests.support.mesh_under_test import STAFF, Market
from tests.support.waiting import eventually
from tools.k8s.tiers import Tier, callers, market_tiers

WITHIN_S = 60
COUNTED = re.compile(
    r'^rpc_client_call_duration_seconds_count{.*rpc_method="([^"]+)"', re.MULTILINE
)
# Process, called service: why it makes no call that telemetry shows.
_AT_START = "only steps call it; a server asks at its start who is there (mesh.checks.peers)"
WAYS_NOT_TAKEN: Mapping[tuple[str, str], str] = {
    ("order", "payment_service"): _AT_START,
    ("payment", "order_service"): _AT_START,
}
# Service, RPC: why the contract admits it all the same.
NOT_CALLED: Mapping[tuple[str, str], str] = {
    ("order_service", "payment.v1.PaymentService/AuthorizePayment"): "for a charge in two steps",
    ("order_service", "payment.v1.PaymentService/GetPayment"): "for who looks into an order",
    ("order_service", "payment.v1.PaymentService/RefundPayment"): "a void pays back whole orders",
    ("payment_service", "user.v1.UserService/GetUser"): "orders mail about payments",
    ("payment_service", "order.v1.OrderService/GetOrder"): "a refund is told, not asked for",
    ("user_service", "order.v1.OrderService/ListOrders"): "an export asks for all at once",
}


class Seen(NamedTuple):
    """A call: by a process of the Procfile, which is of a service, to an RPC."""

    process: str
    service: str
    method: Method


@pytest.fixture(scope="module")
def seen(market: Market, mesh: LocalMesh) -> set[Seen]:
    """Returns the calls of a mesh in which all was done that a service wants of another."""
    _do_all(market, mesh)

    def all_of_them() -> set[Seen] | None:
        found = set(_calls(mesh))
        ways = _ways(found) >= _allowed_ways() - set(WAYS_NOT_TAKEN)
        return found if ways and _called(found) >= _admitted() - set(NOT_CALLED) else None

    try:
        return eventually(all_of_them, WITHIN_S, every_s=0.5)
    except AssertionError:
        return set(_calls(mesh))  # the tests say what is missing


def _do_all(market: Market, mesh: LocalMesh) -> None:
    ada, bob = market.register("ada"), market.register("bob")
    paid = market.place_order(ada, "MUG-BLUE").json()["id"]
    assert market.order_at_rest(ada, paid, WITHIN_S)["state"] == "ORDER_STATE_CONFIRMED"
    assert market.get("/api/users/me/export/", ada).status_code == 200
    assert market.post(f"/api/orders/{paid}/cancel/", ada).status_code == 200
    refunded = market.place_order(bob, "MUG-BLUE").json()["id"]
    payment = market.order_at_rest(bob, refunded, WITHIN_S)["payment_id"]
    paid_back = market.post(f"/api/payments/{payment}/refund/", market.staff(), json={})
    assert paid_back.status_code == 200
    market.mail_about(ada.email, "cancelled", WITHIN_S)
    erased = market.request("DELETE", "/api/users/me/", bob, headers=market.proof(bob))
    assert erased.status_code == 204
    market.told.add(STAFF[1])
    for service in PAGES:
        with browser(mesh, service) as staff:
            assert staff.sign_in(*STAFF).url.path == "/"


def _calls(mesh: LocalMesh) -> Iterator[Seen]:
    by_name = {method.full_name: method for method in market_contract()}
    ports = json.loads(mesh.ready.read_text())["ports"]
    for process, tiers in _processes().items():
        port = ports[f"{process.upper().replace('-', '_')}_METRICS_PORT"]
        text = httpx.get(f"http://127.0.0.1:{port}/metrics").text
        for name in COUNTED.findall(text):
            yield Seen(process, tiers[0].service, by_name[name])


def _processes() -> dict[str, list[Tier]]:
    """Returns the tiers that each process of a local run stands for."""
    found = {}
    for process, command in read_procfile(ROOT / "Procfile").items():
        roles = {word.removeprefix("--with-") for word in command}
        member = process.removesuffix("-worker")
        tiers = [tier for tier in market_tiers() if tier.member == member and tier.role in roles]
        if tiers:
            found[process] = tiers
    return found


def _ways(found: set[Seen]) -> set[tuple[str, str]]:
    return {(one.process, one.method.served_by) for one in found}


def _allowed_ways() -> set[tuple[str, str]]:
    return {
        (process, called)
        for process, tiers in _processes().items()
        for tier in tiers
        for called in tier.calls
    }


def _called(found: set[Seen]) -> set[tuple[str, str]]:
    return {(one.service, _short(one.method)) for one in found}


def _admitted() -> set[tuple[str, str]]:
    return {
        (service, _short(method))
        for method in market_contract()
        for service in method.access.services
    }


def _short(method: Method) -> str:
    return method.full_name.removeprefix("market.")


def test_every_process_calls_only_where_a_policy_lets_its_tiers(seen: set[Seen]) -> None:
    assert _ways(seen) - _allowed_ways() == set()


def test_every_way_that_a_policy_leaves_open_is_taken_or_has_a_reason(seen: set[Seen]) -> None:
    assert _allowed_ways() - _ways(seen) == set(WAYS_NOT_TAKEN)


def test_every_service_calls_only_what_the_contract_admits_it_to(seen: set[Seen]) -> None:
    refused = [
        (one.process, one.method.full_name)
        for one in seen
        if not (one.method.access.anyone or one.service in callers(one.method))
    ]
    assert refused == []


def test_every_service_that_the_contract_admits_calls_or_has_a_reason(seen: set[Seen]) -> None:
    assert _admitted() - _called(seen) == set(NOT_CALLED)
