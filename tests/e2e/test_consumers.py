"""What consumers rely on is so on a running mesh: see tests/contract/consumers/README.md."""

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import grpc
import httpx
import pytest
from google.protobuf import json_format

from edge_api.codec import Decoder
from edge_api.openapi.examples import divided
from edge_api.transcoding.request import Binding
from mesh.contract.model import HttpBinding, Method, market_contract
from mesh.rpc.interceptors.client import remote_error
from tests.contract.reliance import Entry, entries, method_of, sent
from tests.support.mesh_under_test import Market, Person

PATIENCE_S = 30


class Came(NamedTuple):
    """The response, or the reason of the error that a call ended with."""

    response: Any = None
    reason: str = ""


def an_order(market: Market, customer: Person) -> dict[str, str]:
    return {"order_id": market.place_order(customer, "MUG-BLUE").json()["id"]}


def a_confirmed_order(market: Market, customer: Person) -> dict[str, str]:
    order = an_order(market, customer)
    assert market.order_at_rest(customer, order["order_id"])["state"] == "ORDER_STATE_CONFIRMED"
    return order


GIVEN: Mapping[str, Callable[[Market, Person], dict[str, str]]] = {
    "an order": an_order,
    "a confirmed order": a_confirmed_order,
}


@pytest.mark.parametrize(("consumer", "entry"), list(entries()), ids=[who for who, _ in entries()])
def test_what_a_consumer_relies_on_is_so(market: Market, consumer: str, entry: Entry) -> None:
    assert unmet(market, entry) == [], f"{consumer} relies on {entry['rpc']}"


def unmet(market: Market, entry: Entry) -> list[str]:
    """Makes the call of an entry; returns what is not as it says."""
    method = method_of(entry, market_contract())
    assert method is not None
    customer = market.register("consumer")
    given = GIVEN[entry["given"]](market, customer) if "given" in entry else {}
    caller = market.staff() if entry.get("as") == "staff" else customer
    made = over_rest if "rest" in entry else over_grpc
    came = made(market, caller, method, entry, sent(entry, method, given))
    if came.reason != entry.get("fails", ""):
        return [f"it came to {came.reason or came.response}"]
    wanted = entry.get("reads", ())
    return [f"no {path} in {came.response}" for path in wanted if not has(came.response, path)]


def over_rest(
    market: Market, caller: Person, method: Method, entry: Entry, request: dict[str, Any]
) -> Came:
    """Returns the response as the message that it is in the contract."""
    verb, template = entry["rest"].split()
    (http,) = [one for one in method.bindings if (one.verb, one.template) == (verb, template)]
    parts = divided(request, http, Binding(method, http, Decoder()))
    path = template
    for name, value in parts.parameters.items():
        path = path.replace(f"{{{name}}}", str(value))
    query = {name: v for name, v in parts.parameters.items() if f"{{{name}}}" not in template}
    with market.http.stream(
        verb, path, params=query, json=parts.body, headers=caller.headers, timeout=time_of(entry)
    ) as answer:
        if answer.is_error:
            return Came(reason=json.loads(answer.read())["code"])
        return Came(whole(json.loads(content(answer)), http))


def content(answer: httpx.Response) -> str | bytes:
    """Returns the body, or the data of the first event."""
    if not answer.headers["Content-Type"].startswith("text/event-stream"):
        return answer.read()
    found = (line for line in answer.iter_lines() if line.startswith("data:"))
    return next(found).removeprefix("data:")


def whole(body: Any, http: HttpBinding) -> Any:
    return {http.response_body: body} if http.response_body else body


def over_grpc(
    market: Market, caller: Person, method: Method, entry: Entry, request: dict[str, Any]
) -> Came:
    message = json_format.ParseDict(request, method.request_class())
    with market.channel(method.served_by) as channel:
        invoke = channel.unary_unary(
            method.path,
            request_serializer=method.request_class.SerializeToString,
            response_deserializer=method.response_class.FromString,
        )
        token = (("authorization", f"Bearer {caller.token}"),)
        try:
            answer: Any = invoke(message, metadata=token, timeout=time_of(entry))
        except grpc.RpcError as error:
            return Came(reason=remote_error(error, method.served_by).reason)
    return Came(
        json_format.MessageToDict(
            answer, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
        )
    )


def time_of(entry: Entry) -> float:
    return float(entry["within_ms"]) / 1000 if "within_ms" in entry else PATIENCE_S


def has(tree: Any, path: str) -> bool:
    """Returns whether the member is there; of a list, in each element, of which there are some."""
    name, _, rest = path.partition(".")
    if isinstance(tree, list):
        return bool(tree) and all(has(one, path) for one in tree)
    return name in tree and (not rest or has(tree[name], rest))


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ({"reads": ["order.colour"]}, "no order.colour"),
        ({"fails": "OUT_OF_STOCK"}, "it came to {"),
        ({"as": "staff", "sends": {"user_id": "me"}}, "it came to REQUEST_INVALID"),
    ],
)
def test_what_is_not_so_is_told(market: Market, entry: Entry, told: str) -> None:
    bought = {"items": [{"sku": "MUG-BLUE", "quantity": 1}], "payment_method": "pm_ok"}
    order = {"rpc": "market.order.v1.OrderService.CreateOrder", "sends": bought}
    (found,) = unmet(market, order | entry)
    assert found.startswith(told)
