"""Every RPC and every route, asked by everybody: allowed or refused, as the contract says."""

import json
import uuid
from typing import Any

import grpc
import pytest
from grpc_status import rpc_status

from mesh.contract.model import Contract, HttpBinding, Method, market_contract
from mesh.core.errors import RemoteError
from mesh.rpc.metadata import Metadata
from tests.contract.callers import Caller, everybody, secret_of
from tests.support.local_mesh import LocalMesh
from tests.support.mesh_under_test import Market, Person

CONTRACT: Contract = market_contract()
METHODS = {method.path.rpartition(".")[2]: method for method in CONTRACT}
REFUSALS = {"TOKEN_MISSING": 401, "NOT_ADMITTED": 403, "NOT_FOUND": 404}
# Bodies that are well-formed, for the RPCs whose owner is looked at only then.
WELL_FORMED: dict[str, dict[str, Any]] = {
    "CreateOrder": {"items": [{"sku": "MUG-BLUE", "quantity": 1}], "payment_method": "pm_ok"},
    "UpdateUser": {"full_name": "Mallory"},
}

# Whose rows decide who may see them, and the field that names the row.
OWNED = {
    name: field.name
    for name, method in METHODS.items()
    for field in method.descriptor.input_type.fields
    if method.access.signed_in and field.name in ("order_id", "payment_id", "session_id")
}
MALFORMED = 400


@pytest.fixture(scope="session")
def callers(market: Market, mesh: LocalMesh) -> list[Caller]:
    ready = json.loads((mesh.var / "ready.json").read_text())
    return everybody(market, CONTRACT, ready["environment"])


@pytest.fixture(scope="session")
def ada(market: Market) -> Person:
    """Returns the user whose things the others are after."""
    return market.register("ada")


@pytest.fixture(scope="session")
def secret(mesh: LocalMesh) -> str:
    return secret_of(mesh.var)


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS.keys())
def test_an_rpc_admits_whom_the_contract_says(
    market: Market, callers: list[Caller], ada: Person, secret: str, method: Method
) -> None:
    wrong = {}
    with market.channel(method.served_by) as channel:
        for caller in callers:
            for owner in owners(method, caller, ada):
                request = malformed(method, owner)
                found = reason(channel, method, request, caller.metadata(secret, method.served_by))
                own = caller.person is not None and owner == caller.person.id
                expected = caller.expected(method.access, owner=own)
                allowed = found not in REFUSALS
                if found != expected and not (allowed and expected == "in"):
                    wrong[f"{caller.name}, asking for {owner}"] = (found, expected)
    assert wrong == {}


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS.keys())
def test_a_route_admits_whom_the_contract_says(
    market: Market, callers: list[Caller], ada: Person, method: Method
) -> None:
    wrong = {}
    for binding in method.bindings:
        for caller in (each for each in callers if not each.service):
            for owner in owners(method, caller, ada):
                own = caller.person is not None and owner == caller.person.id
                expected = caller.expected(method.access, owner=own)
                status = ask(
                    market, method, binding, caller, owner, well_formed=expected == "NOT_FOUND"
                )
                if status != REFUSALS.get(expected, MALFORMED):
                    wrong[f"{caller.name}, {binding.verb} {binding.template}, {owner}"] = status
    assert wrong == {}


def test_an_rpc_for_services_only_has_no_route() -> None:
    assert not [
        name for name, method in METHODS.items() if method.access.internal and method.bindings
    ]


def owners(method: Method, caller: Caller, ada: Person) -> list[str]:
    """Returns the owners that a request names: the caller itself and somebody else."""
    if not method.access.owner_field:
        return [""]
    return [ada.id, *([caller.person.id] if caller.person else [])]


def malformed(method: Method, owner: str) -> Any:
    """Returns a request that does nothing if it is allowed: its texts hold a NUL."""
    request = method.request_class()
    message: Any = request
    spoil(message)
    for name in method.access.owner_field[:-1]:
        message = getattr(message, name)
        spoil(message)
    if method.access.owner_field:
        setattr(message, method.access.owner_field[-1], owner)
    return request


def spoil(message: Any) -> None:
    for field in message.DESCRIPTOR.fields:
        if field.type == field.TYPE_STRING and not field.is_repeated:
            setattr(message, field.name, "\x00")


def reason(channel: grpc.Channel, method: Method, request: Any, metadata: Metadata) -> str:
    """Returns `OK`, or why the call was refused."""
    streams = method.descriptor.server_streaming
    rpc = (channel.unary_stream if streams else channel.unary_unary)(
        method.path,
        request_serializer=method.request_class.SerializeToString,
        response_deserializer=method.response_class.FromString,
    )
    try:
        answer: Any = rpc(request, metadata=metadata, timeout=5)
        if streams:
            next(answer)
    except grpc.RpcError as error:
        status = rpc_status.from_call(error)  # type: ignore[arg-type]  # it is a call too
        if status is None:
            raise
        return RemoteError(status).reason
    return "OK"


def ask(
    market: Market,
    method: Method,
    binding: HttpBinding,
    caller: Caller,
    owner: str,
    *,
    well_formed: bool,
) -> int:
    """Returns the status of a malformed request, or of a well-formed one where that is needed."""
    path = binding.template
    for name in ("user_id", "user.id"):
        path = path.replace(f"{{{name}}}", owner or str(uuid.uuid4()))
    for name in ("order_id", "payment_id", "session_id", "sku", "product.sku"):
        path = path.replace(f"{{{name}}}", str(uuid.uuid4()))
    named = f"{{{'.'.join(method.access.owner_field)}}}" in binding.template
    body: dict[str, Any] = {"nope": 1}
    query = {"nope": "1"}
    if well_formed:
        query = {} if named else {"user_id": owner}
        body = WELL_FORMED.get(method.name, {}) | ({} if named else {"user_id": owner})
    return market.request(
        binding.verb,
        path,
        caller.person,
        **({"json": body} if binding.body else {"params": query}),
    ).status_code


@pytest.mark.parametrize(("name", "field"), OWNED.items())
def test_what_a_row_s_owner_may_see_another_user_does_not_find(
    market: Market, callers: list[Caller], things: dict[str, str], name: str, field: str
) -> None:
    method, (_, bob, *_) = METHODS[name], callers
    request = method.request_class(**{field: things[field]})
    with market.channel(method.served_by) as channel:
        assert reason(channel, method, request, bob.metadata("", "")).endswith("NOT_FOUND")
    for binding in method.bindings:
        path = binding.template.replace(f"{{{field}}}", things[field])
        body: dict[str, Any] = {"json": {}} if binding.body else {}
        assert market.request(binding.verb, path, bob.person, **body).status_code == 404


@pytest.fixture(scope="session")
def things(market: Market, ada: Person) -> dict[str, str]:
    """Returns the ids of ada's things, by the field that names them in a request."""
    placed = market.place_order(ada, "MUG-BLUE").json()
    order = market.order_at_rest(ada, placed["id"])
    sessions = market.get("/api/auth/sessions/", ada).json()["sessions"]
    return {
        "order_id": order["id"],
        "payment_id": order["payment_id"],
        "session_id": sessions[0]["id"],
    }
