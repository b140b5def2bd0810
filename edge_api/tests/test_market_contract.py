"""What the edge makes of the market's own contract, before any service is called."""

import asyncio
import json
from typing import Any

import pytest

from edge_api.codec import Decoder
from edge_api.gateway.endpoints import endpoints_of, routes_to
from edge_api.gateway.shared_cache import SharedCache
from edge_api.problems.errors import BodyMalformed
from edge_api.transcoding.http_body import RawBody
from edge_api.transcoding.request import ABSENT, Binding, Bound
from edge_api.transcoding.response import location_of
from mesh.auth.access import Caller, authorize
from mesh.contract.model import Method, market_contract

ADA = "01890a5d-ac96-774b-bcce-b302099a8057"
BOB = "01890a5d-ac96-774b-bcce-b302099a8058"


class NoServices:
    def unary(self, method: Method) -> Any:
        return None

    streaming = unary


def method_named(name: str) -> Method:
    return next(method for method in market_contract() if method.name == name)


def bound(name: str, variables: list[str], body: Any) -> Bound:
    method = method_named(name)
    tree = ABSENT if body is None else json.loads(body)
    return Binding(method, method.bindings[0], Decoder()).bind(variables, "", tree)


def test_every_binding_compiles_and_none_hides_another() -> None:
    endpoints = list(
        endpoints_of(
            market_contract(),
            NoServices(),  # type: ignore[arg-type]  # all that it is asked for
            asyncio.Event(),
            SharedCache(),
        )
    )
    routes = routes_to(endpoints)
    for path in ("/api/users/me/", "/api/users/me/orders", "/api/users:batchGet", "/api/orders/"):
        assert routes.match(path) is not None
    assert all(not endpoint.method.access.internal for endpoint in endpoints)


def test_me_stands_for_the_caller_also_beside_its_own_id_in_the_body() -> None:
    method = method_named("UpdateUser")
    update = bound("UpdateUser", ["me"], f'{{"id": "{ADA}", "full_name": "Ada"}}')
    authorize(method.access, Caller(user_id=ADA), update.request)
    update.confirm()
    request: Any = update.request
    assert (request.user.id, list(request.update_mask.paths)) == (ADA, ["full_name"])


def test_me_does_not_stand_for_another_id_in_the_body() -> None:
    update = bound("UpdateUser", ["me"], f'{{"id": "{BOB}", "full_name": "Ada"}}')
    authorize(method_named("UpdateUser").access, Caller(user_id=ADA), update.request)
    with pytest.raises(BodyMalformed):
        update.confirm()


@pytest.mark.parametrize(
    ("name", "field", "location"),
    [
        ("CreateUser", "id", "/api/users/a%2Fb/"),
        ("CreateOrder", "id", "/api/orders/a%2Fb/"),
        ("CreateProduct", "sku", "/api/products/a%2Fb/"),
    ],
)
def test_what_is_created_is_at_its_own_path(name: str, field: str, location: str) -> None:
    method = method_named(name)
    locate = location_of(method, method.bindings[0], market_contract())
    response = method.response_class()
    resource = getattr(response, method.bindings[0].response_body)
    setattr(resource, field, "a/b")
    assert locate is not None
    assert locate(resource) == location


def test_a_webhook_is_the_bytes_that_were_signed_and_the_signature() -> None:
    method = method_named("ReceiveStripeEvent")
    binding = Binding(method, method.bindings[0], Decoder())
    request: Any = binding.bind([], "", RawBody("application/json", b'{ "id": 1}')).request
    binding.headers.fill(request, {"HTTP_STRIPE_SIGNATURE": "t=1"})
    assert (request.body.data, request.stripe_signature) == (b'{ "id": 1}', "t=1")
