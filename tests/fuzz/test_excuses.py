"""Excuses are for what the contract says, and for nothing else."""

from typing import Any

import pytest
import requests

from tests.fuzz.excuses import ANY_ID, BINDINGS, rightly_accepted, rightly_refused


def accepted(operation: str, query: str = "", body: Any = None, **path: str) -> bool:
    method, http = BINDINGS[operation]
    url = f"http://127.0.0.1/any?{query}"
    sent = requests.Request(http.verb, url, json=body).prepare()
    return rightly_accepted(method, http, sent, path)


@pytest.mark.parametrize(
    ("operation", "sent"),
    [
        ("CredentialService_RequestPasswordReset", {"body": {"email": "a@b.c", "username": None}}),
        ("OrderService_ListOrders", {"query": "state=1&user_id="}),
        ("UserService_BatchGetUsers", {"query": f"userIds={ANY_ID}"}),
        ("UserService_UpdateUser", {"body": {"fullName": "Ada"}, "user.id": "me"}),
    ],
)
def test_what_the_json_mapping_takes_is_rightly_accepted(
    operation: str, sent: dict[str, Any]
) -> None:
    assert accepted(operation, **sent)


@pytest.mark.parametrize(
    ("operation", "sent"),
    [
        ("CredentialService_RequestPasswordReset", {"body": {"email": 1}}),
        ("CredentialService_RequestPasswordReset", {"body": {"email": "a@b.c", "nope": 1}}),
        ("CredentialService_RequestPasswordReset", {"body": {}}),
        ("CredentialService_RequestPasswordReset", {"body": ["a@b.c"]}),
        ("OrderService_ListOrders", {"query": "page_size=-1"}),
        ("OrderService_ListOrders", {"query": "nope=1"}),
    ],
)
def test_anything_else_is_not(operation: str, sent: dict[str, Any]) -> None:
    assert not accepted(operation, **sent)


def refused(operation: str, code: str, detail: str = "", sent: bytes = b"", **errors: str) -> bool:
    method, _ = BINDINGS[operation]
    listed = [{"field": name, "code": rule, "detail": detail} for name, rule in errors.items()]
    problem = {"code": code, "detail": detail, "errors": listed}
    return rightly_refused(method, sent, problem)


def test_a_reason_that_the_contract_lists_is_a_right_refusal() -> None:
    assert refused("CredentialService_VerifyEmail", "MAILED_TOKEN_INVALID")
    assert not refused("CredentialService_VerifyEmail", "CARD_DECLINED")


def test_an_empty_file_where_one_is_required_is_a_right_refusal() -> None:
    event = "PaymentService_ReceiveStripeEvent"
    assert refused(event, "REQUEST_INVALID", body="required")
    assert not refused(event, "REQUEST_INVALID", "", b"{}", stripe_signature="string.min_len")


def test_what_only_words_can_say_is_a_right_refusal() -> None:
    assert refused("OrderService_CreateOrder", "REQUEST_INVALID", items="items.unique")
    assert not refused("OrderService_CreateOrder", "REQUEST_INVALID", items="repeated.max_items")
    assert not refused("OrderService_CreateOrder", "REQUEST_INVALID")


def test_a_whole_number_with_a_point_is_refused_rightly_but_a_plain_one_is_not() -> None:
    said = "items[0].quantity must be an integer"
    assert refused("OrderService_CreateOrder", "BODY_MALFORMED", said, b'{"quantity": 2.0}')
    assert not refused("OrderService_CreateOrder", "BODY_MALFORMED", said, b'{"quantity": 2}')


def test_a_field_that_an_update_may_not_empty_is_refused_rightly() -> None:
    refusal = ("UserService_UpdateUser", "REQUEST_INVALID")
    assert refused(*refusal, "must not be empty", email="REQUEST_INVALID")
    assert not refused(*refusal, "must be an e-mail address", email="REQUEST_INVALID")
