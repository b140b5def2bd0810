"""What the provider reports: kept once, and then compared with what is written down here.

An event is a hint that something is new. What is, is read from the provider, so that
neither the order in which events arrive nor what they say matters.
"""

from dataclasses import asdict
from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Now

from mesh.db.pruning import delete_batches
from mesh.outbox.actions import enqueue
from payment_service.payments import queries
from payment_service.payments.actions.refund import settle_refund
from payment_service.payments.actions.settle import settle
from payment_service.payments.models import Payment, ProviderEvent, Refund
from payment_service.payments.providers.base import (
    Authorized,
    Captured,
    Declined,
    Event,
    PaymentOutcome,
    Refunded,
    RefundOutcome,
    Refused,
    Voided,
    provider_request,
    reporter,
)
from payment_service.payments.step_kinds import RECONCILE_EVENT

KEEP = timedelta(days=30)


class ProviderDisagrees(Exception):
    """The provider says other than what is written down as settled; no event mends that."""


def receive_event(*, payload: bytes, signature: str) -> None:
    """Keeps an event that the provider posted; a repeat changes nothing.

    Raises EventSignatureInvalid.
    """
    keep_event(reporter().event(payload, signature))


@transaction.atomic
def keep_event(event: Event) -> None:
    """Stores an event once, and enqueues the step that reads what became of its payment."""
    _, is_new = ProviderEvent.objects.get_or_create(id=event.id, defaults=asdict(event))
    if is_new and (event.payment_id or event.refund_id):
        enqueue(RECONCILE_EVENT, {"event_id": event.id}, key=f"event:{event.id}")


def reconcile_event(*, event_id: str) -> None:
    """Settles what an event is about if it has no outcome yet; never moves money.

    A payment or refund that is not here is another installation's. Raises
    ProviderUnavailable, ProviderDisagrees.
    """
    event = ProviderEvent.objects.get(id=event_id)
    about = queries.event_about(event)
    if about is None:
        return
    ask = provider_request(f"event:{event.id}", about)
    outcome = reporter().outcome_of(ask, reference=event.reference)
    if outcome is not None and not _settled(about, outcome):
        raise ProviderDisagrees


def _settled(about: Payment | Refund, outcome: PaymentOutcome | RefundOutcome) -> bool:
    """Writes the outcome down where none is; returns whether what is written down agrees."""
    match about, outcome:
        case Payment(), Authorized() | Captured() | Voided() | Declined():
            return _agrees(settle(about, outcome), outcome)
        case Refund(), Refunded():
            return settle_refund(about, outcome).state == Refund.State.DONE
        case Refund(), Refused():
            return settle_refund(about, outcome).state == Refund.State.FAILED
    return False


def _agrees(payment: Payment, outcome: PaymentOutcome) -> bool:
    match outcome:
        case Captured(amount_minor=amount_minor):
            return payment.captured and payment.capture_minor == amount_minor
        case Authorized():
            return payment.state == Payment.State.AUTHORIZED
        case Voided():
            return payment.state in (Payment.State.VOIDED, Payment.State.DECLINED)
        case Declined():
            return payment.state == Payment.State.DECLINED


def prune_events() -> int:
    """Deletes a batch of the events kept long enough, far beyond the days of redelivery."""
    old = ProviderEvent.objects.filter(create_time__lt=Now() - KEEP)
    return delete_batches(old.order_by("create_time"))
