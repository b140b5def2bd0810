"""What the edge and Envoy's transcoder answer to the same requests, field for field."""

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from mesh.contract.model import HttpBinding, Method, market_contract
from tests.support.mesh_under_test import PASSWORD, Market, Person

Tree = dict[str, Any]
_VARIABLE = re.compile(r"\{[^{}]*\}")

# Every read by GET: who asks, and for what; names in braces are of what was made before.
READS = [
    ("", "/.well-known/jwks.json"),
    ("ada", "/api/auth/sessions"),
    ("ada", "/api/auth/sessions?page_size=1"),
    ("ada", "/api/users/me"),
    ("ada", "/api/users/{user_id}"),
    ("staff", "/api/users/{user_id}"),
    ("ada", "/api/users/me/export"),
    ("staff", "/api/users?page_size=3"),
    ("staff", "/api/users?username={username}"),
    ("staff", "/api/users:batchGet?user_ids={user_id}&user_ids=" + str(uuid.UUID(int=1))),
    ("", "/api/products"),
    ("", "/api/products?pageSize=2"),
    ("", "/api/products/MUG-BLUE"),
    ("ada", "/api/orders"),
    ("ada", "/api/orders?user_id=me&state=ORDER_STATE_CONFIRMED"),
    ("ada", "/api/orders?state=2&page_size=1"),
    ("staff", "/api/orders?user_id={user_id}"),
    ("ada", "/api/orders/{order_id}"),
    ("staff", "/api/orders/{order_id}"),
    ("ada", "/api/users/me/orders"),
    ("staff", "/api/users/{user_id}/orders?page_size=5"),
    ("ada", "/api/payments/{payment_id}"),
    ("staff", "/api/payments/{payment_id}"),
]


@pytest.fixture(scope="module")
def names(ada: Person, paid: Tree) -> dict[str, str]:
    ids = {"order_id": paid["id"], "payment_id": paid["payment_id"]}
    return {"user_id": ada.id, "username": ada.username, **ids}


@pytest.fixture(scope="module")
def people(ada: Person, staff: Person) -> dict[str, Person]:
    return {"": Person("", ""), "ada": ada, "staff": staff}


@pytest.mark.parametrize("read", READS, ids=" ".join)
def test_a_read_is_the_same(
    market: Market,
    stock: httpx.Client,
    names: dict[str, str],
    people: dict[str, Person],
    read: tuple[str, str],
) -> None:
    who, path = read
    asked = path.format_map(names)
    ours = market.get(asked, people[who], headers={"Cache-Control": "no-cache"})
    theirs = stock.get(asked, headers=people[who].headers)
    assert (ours.status_code, theirs.status_code) == (200, 200), theirs.text
    assert ours.json() == unwrapped("GET", path, theirs.json())


def test_no_read_is_left_out() -> None:
    reads = {
        http.template
        for method, http in bindings()
        if http.verb == "GET" and not method.descriptor.server_streaming
    }
    assert {template_of("GET", path) for _, path in READS} == reads


@dataclass
class Side:
    """One of the two ways to the services, with an account and an order of its own."""

    client: httpx.Client
    market: Market
    staff: Person
    somebody: Person

    def send(self, verb: str, path: str, body: Any, who: Person | None = None) -> Tree:
        """Returns the fields of the answer, unwrapped, with what differs by nature masked."""
        headers = (who or self.somebody).headers
        answer = self.client.request(verb, path, json=body, headers=headers)
        assert answer.is_success, answer.text
        self.last = answer.json() if answer.content else {}
        wrapped = answer.status_code == 200 and str(self.client.base_url) != self.market.at.edge
        if wrapped:
            self.last = unwrapped(verb, path, self.last)
        fields: Tree = masked(self.last)
        return fields

    def paid(self) -> Tree:
        placed = self.market.place_order(self.somebody, "MUG-WHITE").json()
        return self.market.order_at_rest(self.somebody, placed["id"])


def register(side: Side) -> Tree:
    name = f"eve-{uuid.uuid4().hex[:10]}"
    body = {"username": name, "email": f"{name}@example.org", "password": PASSWORD}
    return side.send("POST", "/api/users", body)


def sign_in(side: Side) -> Tree:
    body = {"username": side.somebody.username, "password": PASSWORD}
    return side.send("POST", "/api/auth/token", body)


def refresh_and_revoke(side: Side) -> Tree:
    sign_in(side)
    token = {"refresh_token": side.last["refresh_token"]}
    refreshed = side.send("POST", "/api/auth/token/refresh", token)
    token = {"refresh_token": side.last["refresh_token"]}
    return refreshed | side.send("POST", "/api/auth/token/revoke", token)


def rename(side: Side) -> Tree:
    return side.send("PATCH", "/api/users/me?update_mask=fullName", {"full_name": "Eve"})


def add_and_change_product(side: Side) -> Tree:
    price = {"currency_code": "EUR", "units": "3", "nanos": 500000000}
    sku = f"NEW-{uuid.uuid4().hex[:10]}"
    product = {"sku": sku, "title": "New", "price": price, "stock": 1}
    made = side.send("POST", "/api/products", product, side.staff)
    path = f"/api/products/{sku}?updateMask=stock,title"
    return {
        "made": made,
        "changed": side.send("PATCH", path, {"stock": 2, "title": "Newer"}, side.staff),
    }


def order_and_cancel(side: Side) -> Tree:
    body = {"items": [{"sku": "MUG-WHITE", "quantity": 2}], "payment_method": "pm_ok"}
    placed = side.send("POST", "/api/orders", body)
    path = f"/api/orders/{side.last['id']}/cancel"
    return {
        "placed": placed,
        "given_up": side.send("POST", path, {"reason": "CANCEL_REASON_REQUESTED"}),
    }


def fulfil(side: Side) -> Tree:
    return side.send("POST", f"/api/orders/{side.paid()['id']}/fulfill", {}, side.staff)


def refund(side: Side) -> Tree:
    body = {"amount": {"currency_code": "EUR", "units": 1, "nanos": "0"}}
    path = f"/api/payments/{side.paid()['payment_id']}/refund"
    return side.send("POST", path, body, side.staff)


def lock_and_unlock(side: Side) -> Tree:
    path = f"/api/users/{side.market.register('bob').id}"
    locked = side.send("POST", f"{path}/lock", {}, side.staff)
    return {"locked": locked, "open": side.send("POST", f"{path}/unlock", {}, side.staff)}


def end_sessions(side: Side) -> Tree:
    session = side.send("GET", "/api/auth/sessions", None)
    side.send("DELETE", f"/api/auth/sessions/{side.last['sessions'][0]['id']}", None)
    return session | side.send("POST", "/api/auth/sessions/revoke_all", {})


WRITES = [
    register,
    sign_in,
    refresh_and_revoke,
    rename,
    add_and_change_product,
    order_and_cancel,
    fulfil,
    refund,
    lock_and_unlock,
    end_sessions,
]


@pytest.mark.parametrize("write", WRITES)
def test_a_write_is_the_same(
    market: Market, stock: httpx.Client, staff: Person, write: Callable[[Side], Tree]
) -> None:
    ours = write(Side(market.http, market, staff, market.register("eve")))
    theirs = write(Side(stock, market, staff, market.register("eve")))
    assert ours == theirs
    assert ours or write is refresh_and_revoke


def bindings() -> list[tuple[Method, HttpBinding]]:
    return [
        (method, http)
        for method in market_contract()
        if not method.access.internal
        for http in method.bindings
    ]


def binding_of(verb: str, path: str) -> tuple[Method, HttpBinding]:
    """Returns the binding of a path; a literal segment wins over a variable."""
    bare = path.partition("?")[0]
    found = [
        (method, http)
        for method, http in bindings()
        if http.verb == verb
        and re.fullmatch(_VARIABLE.sub("[^/:]+", http.template.replace(".", r"\.")), bare)
    ]
    return min(found, key=lambda each: each[1].template.count("{"))


def template_of(verb: str, path: str) -> str:
    return binding_of(verb, path)[1].template


def unwrapped(verb: str, path: str, tree: Tree) -> Any:
    """Returns the field that `response_body` names, which Envoy can't be told to send alone."""
    _, http = binding_of(verb, path)
    return tree[http.response_body] if http.response_body else tree


# Other in every account, order or moment.
VARIES = re.compile(r"id|.*_id|.*_time|.*token|username|email|sku|seq|etag|title|.*_ids")


def masked(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {
            name: bool(value) if VARIES.fullmatch(name) else masked(value)
            for name, value in tree.items()
        }
    return [masked(value) for value in tree] if isinstance(tree, list) else tree
