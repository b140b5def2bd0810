"""A mesh set up as on the internet: behind a proxy, and with Stripe as its provider.

What comes in at the edge reaches the service that judges it as it was sent: a client's
address, and the bytes and the signature of a webhook.
"""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from stripe import WebhookSignature

from payment_service.payments.tests.localstripe_process import localstripe
from payment_service.payments.tests.stripe_front import Front, front
from tests.support.local_mesh import LocalMesh
from tests.support.mesh_under_test import WITHIN_S, Market, Person
from tests.support.waiting import eventually

WEBHOOK_SECRET = "whsec_of_the_test"
STRIPE_KEY = "sk_test_of_the_test"
WEBHOOK = "/api/payments/webhooks/stripe"


@pytest.fixture(scope="module")
def stripe() -> Iterator[Front]:
    with localstripe() as url, front(url) as server:
        yield server


@pytest.fixture(scope="module")
def local(stripe: Front, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalMesh]:
    environment = {
        "EDGE_TRUSTED_PROXIES": "1",
        "LOGIN_FREE_PER_ADDRESS": "3",
        "PAYMENT_PROVIDER": "stripe",
        "STRIPE_API_BASE": stripe.url,
        "STRIPE_API_KEY": STRIPE_KEY,
        "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
    }
    mesh = LocalMesh(tmp_path_factory.mktemp("border"), environment)
    try:
        yield mesh
    finally:
        mesh.stop()


@pytest.fixture(scope="module")
def border(local: LocalMesh) -> Iterator[Market]:
    with Market(local.start()) as opened:
        yield opened


def sign_in(market: Market, forwarded: str, person: Person) -> httpx.Response:
    """Signs in through a proxy, which appended the last address to what the client sent."""
    login = {"username": person.username, "password": person.password}
    return market.post("/api/auth/token/", json=login, headers={"X-Forwarded-For": forwarded})


def test_who_guesses_is_throttled_by_the_address_that_the_proxy_saw_whatever_it_claims(
    border: Market,
) -> None:
    ada, guesser, other = border.register("ada"), "198.51.100.7", "198.51.100.8"
    answers = [
        sign_in(border, f"203.0.113.{n}, {guesser}", Person(f"nobody-{n}", "")) for n in range(12)
    ]
    assert [answer.json()["code"] for answer in answers[:3]] == ["CREDENTIALS_INVALID"] * 3
    refused = [answer for answer in answers if answer.json()["code"] == "LOGIN_THROTTLED"]
    assert refused
    assert {(a.status_code, "retry-after" in a.headers) for a in refused} == {(429, True)}
    assert sign_in(border, f"{guesser}, {other}", ada).status_code == 200


def webhook(market: Market, payload: bytes, signature: str | None) -> httpx.Response:
    headers = {"Content-Type": "application/json; charset=utf-8"}
    signed = {} if signature is None else {"Stripe-Signature": signature}
    return market.http.post(WEBHOOK, content=payload, headers=headers | signed)


def event_about(intent: dict[str, Any]) -> bytes:
    """Returns an event with spaces that no JSON library would leave as they are."""
    posted = {
        "id": f"evt_{uuid.uuid4().hex}",
        "object": "event",
        "type": "payment_intent.succeeded",
        "data": {"object": intent},
    }
    return json.dumps(posted, indent=3).encode() + b"\n"


def signature_of(payload: bytes) -> str:
    header: str = WebhookSignature.generate_signature_header(payload.decode(), WEBHOOK_SECRET)
    return header


def the_intent(stripe: Front) -> dict[str, Any]:
    """Returns the intent that Stripe made, once it is there."""

    def made() -> dict[str, Any] | None:
        listed = httpx.get(f"{stripe.behind}/v1/payment_intents", auth=(STRIPE_KEY, "")).json()
        return listed["data"][0] if listed["data"] else None

    return eventually(made, WITHIN_S)


def test_a_signed_webhook_settles_a_payment_whose_answers_are_lost_and_no_other_does(
    border: Market, stripe: Front
) -> None:
    ada = border.register("ada")
    stripe.lost = 1_000_000  # nobody hears of a charge, however often it is asked for
    placed = border.place_order(ada, "MUG-BLUE", payment_method="pm_card_visa").json()
    payload = event_about(the_intent(stripe))
    for wrong, signature in (
        (payload, "t=1,v1=00"),
        (payload + b" ", signature_of(payload)),
        (json.dumps(json.loads(payload)).encode(), signature_of(payload)),
    ):
        refused = webhook(border, wrong, signature)
        assert (refused.status_code, refused.json()["code"]) == (400, "EVENT_SIGNATURE_INVALID")
    unsigned = webhook(border, payload, None)
    assert (unsigned.status_code, unsigned.json()["code"]) == (400, "REQUEST_INVALID")
    assert border.get(f"/api/orders/{placed['id']}/", ada).json()["state"] == "ORDER_STATE_PENDING"
    for _ in "once", "again":
        assert webhook(border, payload, signature_of(payload)).status_code == 204
    order = border.order_at_rest(ada, placed["id"])
    assert order["state"] == "ORDER_STATE_CONFIRMED"
    payment = border.get(f"/api/payments/{order['payment_id']}/", ada).json()
    assert (payment["state"], len(payment["ledger"])) == ("PAYMENT_STATE_CAPTURED", 1)
