"""Stripe, through its official library: PaymentIntents, their captures and refunds.

What moves money carries our idempotency key and, as metadata, the id of the payment or
refund that it is for.
Source: docs.stripe.com/api/idempotent_requests, docs.stripe.com/payments/place-a-hold.
"""

from datetime import UTC, datetime, timedelta
from typing import Literal

from stripe import (
    CardError,
    InvalidRequestError,
    PaymentIntent,
    PaymentIntentService,
    Refund,
    RefundService,
    RequestOptions,
)

from mesh.contract.money import Amount
from payment_service.payments.errors import ProviderUnavailable
from payment_service.payments.models import DeclineReason
from payment_service.payments.providers.base import (
    Captured,
    Declined,
    Event,
    Paid,
    PaymentOutcome,
    ProviderRequest,
    Refunded,
    RefundOutcome,
    Refused,
    Voided,
)
from payment_service.payments.providers.stripe_client import answered, client
from payment_service.payments.providers.stripe_objects import (
    PAYMENT_ID,
    REFUND_ID,
    card_declined,
    own_id,
    payment_outcome,
    refund_outcome,
    request_refused,
    stripe_minor,
    verified_event,
)

# Stripe forgets a key after a day at the earliest.
KEYS_KEPT = timedelta(hours=23)


class TooLateToAsk(Exception):
    """To ask again for a charge this old could charge again; its events or a person tell."""


class Stripe:
    def authorize(self, ask: ProviderRequest, *, amount: Amount, method: str) -> Paid:
        return _pay(ask, amount, method, "manual")

    def capture(self, ask: ProviderRequest, *, amount: Amount, method: str) -> Paid:
        return _pay(ask, amount, method, "automatic")

    def capture_authorization(
        self, ask: ProviderRequest, *, authorization: str, amount: Amount
    ) -> Captured | Voided:
        try:
            with answered():
                intent = _intents(ask).capture(
                    authorization, {"amount_to_capture": stripe_minor(amount)}, _under(ask)
                )
        except (CardError, InvalidRequestError):
            intent = _read(ask, authorization)  # it ended before: how?
        return _ended(intent)

    def void(self, ask: ProviderRequest, *, authorization: str) -> Voided | Captured:
        return _cancelled(ask, authorization)

    def refund(self, ask: ProviderRequest, *, charge: str, amount: Amount) -> Refunded | Refused:
        try:
            with answered():
                # Looked for first, as the refund may be older than keys are kept.
                refund = _refund_about(ask, charge) or _refunds(ask).create(
                    {
                        "payment_intent": charge,
                        "amount": stripe_minor(amount),
                        "metadata": {REFUND_ID: str(ask.about)},
                    },
                    _under(ask),
                )
        except InvalidRequestError:
            return Refused()
        outcome = refund_outcome(refund)
        if outcome is None:
            raise _still_open()
        return outcome

    def event(self, payload: bytes, signature: str) -> Event:
        return verified_event(payload, signature)

    def outcome_of(
        self, ask: ProviderRequest, *, reference: str
    ) -> PaymentOutcome | RefundOutcome | None:
        if reference.startswith("pi_"):
            return payment_outcome(_read(ask, reference))
        with answered():
            return refund_outcome(_refunds(ask).retrieve(reference))


def _pay(
    ask: ProviderRequest,
    amount: Amount,
    method: str,
    capture_method: Literal["automatic", "manual"],
) -> Paid:
    if datetime.now(UTC) - ask.since > KEYS_KEPT:
        raise TooLateToAsk
    try:
        with answered():
            intent = _intents(ask).create(
                {
                    "amount": stripe_minor(amount),
                    "currency": amount.currency.lower(),
                    "payment_method": method,
                    "allowed_payment_method_types": ["card"],
                    "capture_method": capture_method,
                    "confirm": True,
                    "off_session": True,  # the customer is gone when the order is charged
                    "metadata": {PAYMENT_ID: str(ask.about)},
                },
                _under(ask),
            )
    except CardError as error:
        return card_declined(error)
    except InvalidRequestError as error:
        return request_refused(error)
    return _paid(ask, intent)


def _paid(ask: ProviderRequest, intent: PaymentIntent) -> Paid:
    """Returns what became of an intent that was made, by this ask or by an earlier one."""
    if payment_outcome(intent) is None:
        intent = _read(ask, intent.id)  # a repeated key gets the answer of back then
    outcome = payment_outcome(intent)
    if intent.status in ("requires_action", "requires_confirmation"):
        # It wants the card's owner, who is gone: nobody must be able to go on with it.
        outcome = _cancelled(ask, intent.id)
    if outcome is None:
        raise _still_open()
    return Declined(DeclineReason.CARD_DECLINED) if isinstance(outcome, Voided) else outcome


def _cancelled(ask: ProviderRequest, reference: str) -> Voided | Captured:
    """Without a key: a second cancel is harmless, and must not be told of the first's state."""
    try:
        with answered():
            intent = _intents(ask).cancel(reference)
    except InvalidRequestError:
        intent = _read(ask, reference)  # it ended before: how?
    return _ended(intent)


def _ended(intent: PaymentIntent) -> Voided | Captured:
    outcome = payment_outcome(intent)
    if isinstance(outcome, Voided | Captured):
        return outcome
    raise _still_open()


def _read(ask: ProviderRequest, reference: str) -> PaymentIntent:
    with answered():
        return _intents(ask).retrieve(reference)


def _refund_about(ask: ProviderRequest, charge: str) -> Refund | None:
    listed = _refunds(ask).list({"payment_intent": charge, "limit": 100})
    for refund in listed.auto_paging_iter():
        if refund.metadata and own_id(refund.metadata.to_dict(), REFUND_ID) == ask.about:
            return refund
    return None


def _intents(ask: ProviderRequest) -> PaymentIntentService:
    return client(ask.remaining_s()).v1.payment_intents


def _refunds(ask: ProviderRequest) -> RefundService:
    return client(ask.remaining_s()).v1.refunds


def _under(ask: ProviderRequest) -> RequestOptions:
    return {"idempotency_key": ask.idempotency_key}


def _still_open() -> ProviderUnavailable:
    return ProviderUnavailable("the payment provider has no outcome yet")
