"""The examples of the OpenAPI document work as they stand, in the order of a first visit."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.conftest import RUNNING
from tests.support.mesh_under_test import Market, Person

JSON = "application/json"
GRACE = "grace.hopper"
# In this order: an account, what it may do, what staff may do with it; last what ends sessions.
STORY = """
    UserService_CreateUser SessionService_CreateToken UserService_GetUser UserService_UpdateUser
    CredentialService_Reauthenticate SessionService_ListSessions
    CatalogService_ListProducts CatalogService_GetProduct CatalogService_CreateProduct
    CatalogService_UpdateProduct OrderService_CreateOrder OrderService_ListOrders
    OrderService_ListOrders2 OrderService_CancelOrder PaymentService_RefundPayment
    UserService_ListUsers PersonalDataService_ExportUserData
    CredentialService_RequestPasswordReset CredentialService_ChangePassword
""".split()
# What no fixed text can be: it is answered, mailed, signed or shown by an authenticator.
WITHOUT_EXAMPLE = {
    "CredentialService_VerifyEmail": "the token of a mail",
    "CredentialService_ConfirmPasswordReset": "the token of a mail",
    "SessionService_RefreshToken": "a token of the answer before",
    "SessionService_RevokeToken": "a token of the answer before",
    "TotpService_BeginTotp": "a token of Reauthenticate",
    "TotpService_ConfirmTotp": "a code of an authenticator",
    "TotpService_DisableTotp": "a code of an authenticator",
    "UserService_BatchGetUsers": "ids of accounts",
    "PaymentService_ReceiveStripeEvent": "an event that Stripe signed",
}
MADE_ALREADY = {"UserService_CreateUser", "CatalogService_CreateProduct"}


@dataclass
class Operation:
    verb: str
    path: str
    raw: Mapping[str, Any]

    @property
    def id(self) -> str:
        return str(self.raw["operationId"])

    @property
    def body(self) -> Any:
        content = self.raw.get("requestBody", {}).get("content", {})
        return content.get(JSON, {}).get("example")

    def values(self, where: str) -> dict[str, Any]:
        """Returns the examples of the parameters of one kind, by name."""
        given = [one for one in self.raw["parameters"] if one["in"] == where]
        return {one["name"]: one["example"] for one in given if "example" in one}

    @property
    def shown(self) -> bool:
        return self.body is not None or bool(self.values("path") | self.values("query"))

    @property
    def needs_more(self) -> bool:
        """Whether it can't be sent without an example, ids in its path aside."""
        required = [one for one in self.raw["parameters"] if one.get("required")]
        return self.raw.get("requestBody", {}).get("required", False) or any(
            one["in"] != "path" for one in required
        )


@pytest.fixture(scope="module")
def operations(market: Market) -> dict[str, Operation]:
    paths = market.get("/api/openapi.json").json()["paths"]
    found = (
        Operation(verb, path, raw) for path, verbs in paths.items() for verb, raw in verbs.items()
    )
    return {one.id: one for one in found}


def test_what_needs_an_example_has_one(operations: dict[str, Operation]) -> None:
    without = {one.id for one in operations.values() if one.needs_more and not one.shown}
    assert without == set(WITHOUT_EXAMPLE)
    assert {one.id for one in operations.values() if one.shown} == set(STORY)


def test_every_example_works_as_it_stands(market: Market, operations: dict[str, Operation]) -> None:
    visit = Visit(market)
    answers = {name: visit.send(operations[name]) for name in STORY}
    refused = {name: one.text for name, one in answers.items() if not _works(name, one)}
    assert refused == {}


def _works(name: str, answer: httpx.Response) -> bool:
    """Returns whether it was done, or had been done in a mesh that ran before."""
    again = RUNNING and name in MADE_ALREADY and answer.status_code == 409
    return answer.is_success or again


class Visit:
    """Sends examples as who may call; ids in paths are those of the answers before."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._people = {True: market.staff(), False: Person(username=GRACE, email="")}
        self._ids: dict[str, str] = {}

    def send(self, operation: Operation) -> httpx.Response:
        path = operation.path.format_map(self._ids | operation.values("path"))
        answer = self._market.request(
            operation.verb.upper(),
            path,
            self._people["Open to staff" in operation.raw["description"]],
            params=operation.values("query"),
            json=operation.body,
        )
        if answer.is_success:
            self._learn(operation, answer)
        return answer

    def _learn(self, operation: Operation, answer: httpx.Response) -> None:
        match operation.id:
            case "SessionService_CreateToken":
                self._people[False].token = answer.json()["access_token"]
            case "OrderService_CreateOrder":
                self._ids = {"order_id": answer.json()["id"], "payment_id": self._paid()}

    def _paid(self) -> str:
        """Returns the payment of another order, which is not given up."""
        somebody = self._market.register("paid")
        placed = self._market.place_order(somebody, "MUG-BLUE").json()
        ended = self._market.order_at_rest(somebody, placed["id"])
        return str(ended["payment_id"])
