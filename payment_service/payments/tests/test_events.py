"""What Stripe reports: who is believed, and what it changes."""

import json
import time
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from uuid import uuid4

import pytest
import requests
from django.db.models.functions import Now
from stripe import WebhookSignature

from mesh.core.errors import RemoteError
from mesh.outbox.models import DoneStep, Step
from payment_service.payments.actions import prune_events
from payment_service.payments.models import LedgerEntry, Payment, ProviderEvent, Refund
from payment_service.payments.providers.stripe_client import client
from payment_service.payments.tests.client import Client, at_once, money, outcome, uid
from payment_service.payments.tests.stripe_front import Front
from payment_service.payments.tests.test_unknown_outcomes import run_steps_now

SECRET = "whsec_marketmesh"
VISA = "pm_card_visa"


def event(about: Any = None, kind: str = "payment_intent.succeeded") -> bytes:
    about = about or {"object": "payment_intent", "id": "pi_1", "metadata": {}}
    posted = {"id": f"evt_{uuid4().hex}", "object": "event", "type": kind}
    return json.dumps(posted | {"data": {"object": about}}).encode()


def signed(payload: bytes, at: float | None = None) -> str:
    moment = int(time.time() if at is None else at)
    header: str = WebhookSignature.generate_signature_header(payload.decode(), SECRET, moment)
    return header


def reason(caller: Client, payload: bytes, signature: str) -> str:
    with pytest.raises(RemoteError) as caught:
        caller.report(payload, signature)
    return caught.value.reason


def about_intent(payment: Payment, reference: str) -> Any:
    metadata = {"payment_id": str(payment.id)}
    return {"object": "payment_intent", "id": reference, "metadata": metadata}


def intent_of(payment: Payment) -> Any:
    intents = client(5).v1.payment_intents.list({"limit": 100}).data
    (intent,) = [i for i in intents if i.metadata.to_dict().get("payment_id") == str(payment.id)]
    return intent


def test_an_event_is_believed_by_its_signature_alone(stripe: Front, nobody: Client) -> None:
    payload = event()
    good = signed(payload)
    forged = WebhookSignature.generate_signature_header(payload.decode(), "whsec_other")
    for signature in (forged, "t=1,v1=00", "nothing", "t=\u0661,v1=\u00e9", "v1=00"):
        assert reason(nobody, payload, signature) == "EVENT_SIGNATURE_INVALID"
    assert reason(nobody, payload + b" ", good) == "EVENT_SIGNATURE_INVALID"
    assert reason(nobody, b"\xff", good) == "EVENT_SIGNATURE_INVALID"
    assert not ProviderEvent.objects.exists()
    nobody.report(payload, good)
    assert ProviderEvent.objects.count() == 1


def test_an_event_that_was_signed_long_ago_is_not_believed(stripe: Front, nobody: Client) -> None:
    payload = event()
    assert reason(nobody, payload, signed(payload, time.time() - 301)) == "EVENT_SIGNATURE_INVALID"


def test_an_event_without_a_signature_or_a_body_is_refused(stripe: Front, nobody: Client) -> None:
    assert reason(nobody, event(), "") == "REQUEST_INVALID"
    assert reason(nobody, b"", signed(b"")) == "EVENT_SIGNATURE_INVALID"


def test_a_provider_that_sends_no_events_is_not_believed_any(nobody: Client) -> None:
    payload = event()
    assert reason(nobody, payload, signed(payload)) == "EVENT_SIGNATURE_INVALID"


def test_an_event_is_kept_once_and_acted_on_once(stripe: Front, orders: Client) -> None:
    orders.capture(VISA)
    payment = Payment.objects.get()
    payload = event(about_intent(payment, payment.reference))
    at_once(lambda _: orders.report(payload, signed(payload)), times=8)
    kept = ProviderEvent.objects.get()
    assert (kept.payment_id, kept.reference) == (payment.id, payment.reference)
    assert Step.objects.filter(kind="reconcile_event").count() == 1
    run_steps_now()
    assert not Step.objects.exclude(state=Step.State.DONE).exists()
    assert LedgerEntry.objects.count() == 1


@pytest.mark.parametrize(
    "about",
    [
        {"object": "customer", "id": "cus_1"},
        {"object": "payment_intent", "id": "pi_1", "metadata": {"payment_id": "seven"}},
        {"object": "payment_intent", "id": "pi_1", "metadata": None},
    ],
)
def test_what_is_not_ours_is_kept_and_left_alone(
    stripe: Front, nobody: Client, about: dict[str, Any]
) -> None:
    payload = event(about)
    nobody.report(payload, signed(payload))
    assert ProviderEvent.objects.count() == 1
    assert not Step.objects.exists()


def test_a_payment_of_another_installation_is_left_alone(stripe: Front, nobody: Client) -> None:
    payload = event(about_intent(Payment(), "pi_1"))
    nobody.report(payload, signed(payload))
    run_steps_now()
    assert DoneStep.objects.count() == 1


@pytest.mark.parametrize(("ask", "state"), [("capture", "CAPTURED"), ("authorize", "AUTHORIZED")])
def test_an_event_settles_a_payment_whose_answer_was_lost(
    stripe: Front, orders: Client, ask: str, state: str
) -> None:
    stripe.lost = 1
    assert outcome(lambda: getattr(orders, ask)(VISA)) == "PROVIDER_UNAVAILABLE"
    payment = Payment.objects.get()
    payload = event(about_intent(payment, intent_of(payment).id))
    orders.report(payload, signed(payload))
    run_steps_now()
    assert outcome(lambda: orders.get(str(payment.id))) == state
    assert LedgerEntry.objects.count() == (1 if state == "CAPTURED" else 0)


def test_an_event_settles_a_hold_that_ended_and_a_refund(stripe: Front, orders: Client) -> None:
    held, captured = orders.authorize(VISA), orders.capture(VISA)
    stripe.lost = 1
    assert outcome(lambda: orders.refund(captured.id, money(30))) == "PROVIDER_UNAVAILABLE"
    refund, payment = Refund.objects.get(), Payment.objects.get(id=held.id)
    client(5).v1.payment_intents.cancel(payment.reference)
    (paid_back,) = client(5).v1.refunds.list({"limit": 100}).data[:1]
    about = {"object": "refund", "id": paid_back.id, "metadata": {"refund_id": str(refund.id)}}
    for payload in (
        event(about_intent(payment, payment.reference), "payment_intent.canceled"),
        event(about, "refund.updated"),
    ):
        orders.report(payload, signed(payload))
    run_steps_now()
    assert outcome(lambda: orders.get(held.id)) == "VOIDED"
    assert orders.get(captured.id).refunded_amount == money(30)


def test_an_event_that_disagrees_changes_nothing_and_is_not_forgotten(
    stripe: Front, orders: Client
) -> None:
    held = orders.authorize(VISA)
    orders.void(held.order_id)
    payment = Payment.objects.get()
    other = orders.capture(VISA)
    payload = event(about_intent(payment, Payment.objects.get(id=other.id).reference))
    orders.report(payload, signed(payload))
    run_steps_now()
    assert outcome(lambda: orders.get(held.id)) == "VOIDED"
    step = Step.objects.get(kind="reconcile_event")
    assert step.state == Step.State.PENDING
    assert "ProviderDisagrees" in step.last_error


def test_an_event_is_taken_as_localstripe_posts_it(
    stripe: Front, orders: Client, localstripe: str
) -> None:
    received: list[tuple[bytes, str]] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append((body, self.headers["Stripe-Signature"]))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with HTTPServer(("127.0.0.1", 0), Receiver) as receiver:
        hook = {"url": f"http://127.0.0.1:{receiver.server_port}", "secret": SECRET}
        requests.post(f"{localstripe}/_config/webhooks/test", json=hook, timeout=5)
        stripe.lost = 1
        again = {"order_id": uid(), "user_id": uid(), "request_id": uid()}
        assert outcome(lambda: orders.capture(VISA, **again)) == "PROVIDER_UNAVAILABLE"
        receiver.timeout = 10
        while not any(str(Payment.objects.get().id).encode() in body for body, _ in received):
            receiver.handle_request()
    for body, signature in received:
        orders.report(body, signature)
    run_steps_now()
    assert Payment.objects.get().state == "CAPTURED"


def test_events_are_pruned_after_a_month(stripe: Front, nobody: Client) -> None:
    for _ in range(2):
        payload = event()
        nobody.report(payload, signed(payload))
    old = ProviderEvent.objects.first()
    ProviderEvent.objects.filter(pk=old and old.pk).update(create_time=Now() - timedelta(days=31))
    assert (prune_events(), ProviderEvent.objects.count()) == (1, 1)
