"""A locked account is locked: with the token, the streams and the pages that it had open."""

import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import grpc
import pytest
from grpc_status import rpc_status

from mesh.contract.model import Access, Method, market_contract
from mesh.core.errors import RemoteError
from tests.contract.callers import open_staff
from tests.e2e.test_staff_pages import SERVICES, browser
from tests.support.local_mesh import LocalMesh
from tests.support.mesh_under_test import STAFF, Market, Person
from tests.support.waiting import eventually

SECONDS = 5.0
MUG = "MUG-BLUE"
REFUSED = "TOKEN_INVALID"


def acts_for_a_user(access: Access) -> bool:
    return bool(access.signed_in or access.owner_field or access.staff_scope)


METHODS = [method for method in market_contract() if acts_for_a_user(method.access)]


@pytest.fixture
def ada(market: Market) -> Person:
    return market.register("ada")


@pytest.fixture
def mallory(market: Market, mesh: LocalMesh) -> Person:
    """Signs in staff with every scope there is."""
    return open_staff(market, json.loads(mesh.ready.read_text())["environment"])


@pytest.fixture
def staff(market: Market) -> Person:
    market.told.add(STAFF[1])
    return market.staff()


def lock(market: Market, person: Person, staff: Person) -> None:
    found = market.get("/api/users/", staff, params={"username": person.username}).json()["users"]
    person.id = found[0]["id"]
    answer = market.post(f"/api/users/{person.id}/lock/", staff, json={})
    assert answer.status_code == 200, answer.text


def test_within_seconds_every_rpc_refuses_the_token_that_a_locked_account_has(
    market: Market, ada: Person, mallory: Person, staff: Person
) -> None:
    """Sends requests that do nothing when they are allowed: their texts hold a NUL."""
    assert len(METHODS) > 20
    for person in (ada, mallory):
        assert [said for said in everything(market, person) if REFUSED in said] == []
        lock(market, person, staff)
    time.sleep(SECONDS)
    for person in (ada, mallory):
        assert [said for said in everything(market, person) if REFUSED not in said] == []


def test_its_streams_end_and_say_why(market: Market, ada: Person, staff: Person) -> None:
    order_id = market.place_order(ada, MUG).json()["id"]
    market.order_at_rest(ada, order_id)
    with ExitStack() as opened:
        ends = [over_http(market, ada, order_id, opened), over_grpc(market, ada, order_id, opened)]
        time.sleep(1.5)
        assert [end for end in ends if not end.running()] == []
        lock(market, ada, staff)
        assert [end.within(SECONDS) for end in ends] == [REFUSED, REFUSED]
    again = market.get(f"/api/orders/{order_id}/events/", ada)
    assert (again.status_code, again.json()["code"]) == (401, REFUSED)


def test_nobody_unlocks_itself_and_once_staff_did_all_is_well_after_a_new_sign_in(
    market: Market, mallory: Person, staff: Person
) -> None:
    own = market.get("/api/users/me/", mallory).json()["id"]
    answer = market.post(f"/api/users/{own}/unlock/", mallory, json={})
    assert (answer.status_code, answer.json()["code"]) == (403, "OWN_ACCOUNT")
    order_id = market.place_order(mallory, MUG).json()["id"]
    lock(market, mallory, staff)

    def unlocked_itself() -> int:
        status: int = market.post(f"/api/users/{own}/unlock/", mallory, json={}).status_code
        return status

    assert unlocked_itself() in (401, 403)
    eventually(lambda: unlocked_itself() == 401, SECONDS)  # each process hears of it
    eventually(lambda: refused(market, mallory), SECONDS)
    assert market.order_at_rest(staff, order_id)["state"] == "ORDER_STATE_CONFIRMED"
    assert market.post(f"/api/users/{own}/unlock/", staff, json={}).status_code == 200
    assert refused(market, mallory)  # what was given out before stays revoked
    market.sign_in(mallory)
    assert market.get("/api/users/me/", mallory).status_code == 200
    assert market.place_order(mallory, MUG).status_code == 201


@pytest.mark.parametrize("end", ["erase", "password"])
def test_so_are_tokens_from_before_an_erasure_or_a_new_password(
    market: Market, ada: Person, staff: Person, end: str
) -> None:
    if end == "erase":
        assert (
            market.request(
                "DELETE", f"/api/users/{ada.id}/", staff, headers=market.proof(staff)
            ).status_code
            == 204
        )
    else:
        changed = {"old_password": ada.password, "new_password": f"{uuid.uuid4()} and a word"}
        answer = market.post("/api/auth/password/change/", ada, json=changed)
        assert answer.status_code == 204, answer.text
    eventually(lambda: refused(market, ada), SECONDS)


def test_a_locked_member_of_staff_is_out_of_every_page(
    market: Market, mesh: LocalMesh, mallory: Person, staff: Person
) -> None:
    with ExitStack() as opened:
        pages = [opened.enter_context(browser(mesh, service)) for service in SERVICES]
        for page in pages:
            page.sign_in(mallory.username, mallory.password)
            assert page.look("/").url.path == "/"
        lock(market, mallory, staff)
        deadline = time.monotonic() + SECONDS
        for page in pages:
            while page.look("/").url.path != "/login/":
                assert time.monotonic() < deadline
                time.sleep(0.1)


def refused(market: Market, person: Person) -> bool:
    answer = market.get("/api/orders/", person)
    return (answer.status_code, answer.json().get("code")) == (401, REFUSED)


def everything(market: Market, person: Person) -> Iterator[str]:
    """Yields name and reason of each RPC's answer, over gRPC and by each of its routes."""
    for method in METHODS:
        with market.channel(method.served_by) as channel:
            yield f"{method.path} {asked(channel, method, person)}"
        for binding in method.bindings:
            path = binding.template
            for field in ("user_id", "user.id", "order_id", "payment_id", "session_id"):
                path = path.replace(f"{{{field}}}", str(uuid.uuid4()))
            path = path.replace("{sku}", "X").replace("{product.sku}", "X")
            wrong: dict[str, Any] = {"json": {"no": 1}} if binding.body else {"params": {"no": 1}}
            answer = market.request(binding.verb, path, person, **wrong)
            yield f"{binding.verb} {binding.template} {answer.json()['code']}"


def asked(channel: grpc.Channel, method: Method, person: Person) -> str:
    request: Any = method.request_class()
    for field in request.DESCRIPTOR.fields:
        if field.type == field.TYPE_STRING and not field.is_repeated:
            setattr(request, field.name, "\0")
    try:
        answer = call(channel, method, person)(request)
        if method.descriptor.server_streaming:
            next(answer)
    except grpc.RpcError as error:
        return reason(error)
    return "OK"


def call(channel: grpc.Channel, method: Method, person: Person) -> Callable[[Any], Any]:
    streams = method.descriptor.server_streaming
    rpc: Callable[..., Any] = (channel.unary_stream if streams else channel.unary_unary)(
        method.path,
        request_serializer=method.request_class.SerializeToString,
        response_deserializer=method.response_class.FromString,
    )
    metadata = (("authorization", f"Bearer {person.token}"),)
    return lambda request: rpc(request, metadata=metadata, timeout=60)


def reason(error: grpc.RpcError) -> str:
    status = rpc_status.from_call(error)  # type: ignore[arg-type]  # it is a call too
    assert status is not None, error
    return RemoteError(status).reason


class End:
    """The end of a stream that a thread follows."""

    def __init__(self, follow: Callable[[], str]) -> None:
        self._said = ""
        self._follow = follow
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def running(self) -> bool:
        return self._thread.is_alive()

    def within(self, most_s: float) -> str:
        self._thread.join(most_s)
        return self._said

    def _run(self) -> None:
        self._said = self._follow()


def over_http(market: Market, person: Person, order_id: str, opened: ExitStack) -> End:
    path = f"/api/orders/{order_id}/events/"
    response = opened.enter_context(
        market.http.stream("GET", path, headers=person.headers, timeout=60)
    )

    def follow() -> str:
        *_, last = (line for line in response.iter_lines() if line.startswith("data: "))
        return str(json.loads(last.removeprefix("data: ")).get("code"))

    return End(follow)


def over_grpc(market: Market, person: Person, order_id: str, opened: ExitStack) -> End:
    (method,) = (one for one in METHODS if one.name == "WatchOrder")
    channel = opened.enter_context(market.channel(method.served_by))
    stream = call(channel, method, person)(method.request_class(order_id=order_id))

    def follow() -> str:
        try:
            for _ in stream:
                pass
        except grpc.RpcError as error:
            return reason(error)
        return "OK"

    return End(follow)
