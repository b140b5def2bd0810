"""Paying back: the amount is held first, then the provider asked, then the refund settled.

A refund whose outcome nobody learnt is finished by an outbox step, as its caller may be a
person who does not ask again.
"""

from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from mesh.contract.money import Amount
from mesh.core.failpoints import failpoint
from mesh.core.ids import uuid7
from mesh.outbox.actions import enqueue, retry_now
from mesh.rpc.idempotency.errors import RequestIdReused
from mesh.telemetry.metrics import count_on_commit
from payment_service.payments import queries
from payment_service.payments.actions.order_slot import once_a_request
from payment_service.payments.actions.report import enqueue_report
from payment_service.payments.errors import (
    CurrencyMismatch,
    PaymentNotCaptured,
    RefundExceedsCapture,
    RefundFailed,
)
from payment_service.payments.metrics import REFUNDED
from payment_service.payments.models import LedgerEntry, Payment, Refund
from payment_service.payments.providers.base import (
    Refunded,
    RefundOutcome,
    Refused,
    provider,
    provider_request,
)
from payment_service.payments.step_kinds import FINISH_REFUND

FINISH_AFTER_S = 30.0


def refund_payment(
    *, payment_id: UUID, amount: Amount | None, request_id: UUID
) -> tuple[Payment, bool]:
    """Pays back, at most once per request_id; without an amount, all that is left.

    Returns the payment as it is now, and whether this is a repeat: that pays nothing more.
    Raises PaymentNotFound, PaymentNotCaptured, CurrencyMismatch, RefundExceedsCapture,
    RequestIdReused; RefundFailed when the provider refuses; ProviderUnavailable when the
    outcome is unknown: the amount stays held, and the refund is finished later.
    """
    refund, is_new = open_refund(payment_id=payment_id, amount=amount, request_id=request_id)
    return _answer(finish_refund(refund)).payment, not is_new


@transaction.atomic
def enqueue_refund(*, payment_id: UUID, amount: Amount | None, request_id: UUID) -> Refund:
    """Opens the same refund for a caller that does not wait: a step asks the provider, right away.

    Raises what opening a refund raises. What the provider refuses leaves a FAILED refund.
    """
    refund, _ = open_refund(payment_id=payment_id, amount=amount, request_id=request_id)
    retry_now(key=_step_key(refund))
    return refund


def refund_what_is_left(payment: Payment) -> Payment:
    """Pays back all that no refund has paid back yet, for a payment that is voided.

    A repeat finishes what is under way, and tries anew what the provider refused. Raises
    RefundFailed, ProviderUnavailable.
    """
    for refund in [finish_refund(refund) for refund in hold_what_is_left(payment)]:
        _answer(refund)
    return queries.payment(payment.id)


def finish_refund(refund: Refund) -> Refund:
    """Brings an opened refund to its end; one that ended is left as it is.

    Raises ProviderUnavailable.
    """
    if refund.state != Refund.State.PENDING:
        return refund
    outcome = provider().refund(
        provider_request(f"refund:{refund.request_id}", refund),
        charge=refund.payment.reference,
        amount=refund.amount,
    )
    failpoint("payment.refund.answered")
    return settle_refund(refund, outcome)


def _answer(refund: Refund) -> Refund:
    if refund.state == Refund.State.FAILED:
        raise RefundFailed("the payment provider refused to pay back")
    return refund


@transaction.atomic
def open_refund(
    *, payment_id: UUID, amount: Amount | None, request_id: UUID
) -> tuple[Refund, bool]:
    """Returns the request's refund, its amount held, and whether it is no repeat's but new."""
    payment = queries.payment_for_update(payment_id)
    asked_minor = amount.minor if amount else None
    if not payment.captured:
        raise PaymentNotCaptured("nothing was captured that could be paid back")
    if amount is not None and amount.currency != payment.currency:
        raise CurrencyMismatch(f"the payment is in {payment.currency}", currency=payment.currency)
    if refund := queries.refund_of_request(request_id):
        if (refund.payment_id, refund.asked_minor) != (payment_id, asked_minor):
            raise RequestIdReused
        return refund, False
    left = payment.refundable
    if left.minor == 0 or (asked_minor or 0) > left.minor:
        raise RefundExceedsCapture(f"{left} can be paid back", refundable=left)
    return _held(payment, asked_minor, request_id), True


@transaction.atomic
def hold_what_is_left(captured: Payment) -> list[Refund]:
    """Returns all refunds of a payment that are under way, one of what was left over included."""
    payment = queries.payment_for_update(captured.id)
    if payment.refundable_minor:
        _held(payment, None, uuid7())
    return queries.refunds_under_way(payment)


def _held(payment: Payment, asked_minor: int | None, request_id: UUID) -> Refund:
    """Writes a refund down, and holds its amount, so that no other can have it."""
    refund = Refund(
        request_id=request_id,
        payment=payment,
        asked_minor=asked_minor,
        amount_minor=payment.refundable_minor if asked_minor is None else asked_minor,
    )
    with once_a_request():
        refund.save(force_insert=True)
    refund.refresh_from_db(fields=["create_time"])
    payment.refunding_minor += refund.amount_minor
    payment.save_as_next_version("refunding_minor")
    step = {"refund_id": str(refund.id)}
    enqueue(FINISH_REFUND, step, key=_step_key(refund), delay_s=FINISH_AFTER_S)
    return refund


def _step_key(refund: Refund) -> str:
    return f"refund:{refund.id}"


@transaction.atomic
def settle_refund(unsettled: Refund, outcome: RefundOutcome) -> Refund:
    """Turns the held amount into a refunded one, or releases it.

    An outcome that comes too late, as another has been written down, changes nothing.
    """
    payment = queries.payment_for_update(unsettled.payment_id)
    refund = Refund.objects.get(id=unsettled.id)
    refund.payment = payment
    if refund.state != Refund.State.PENDING:
        return refund
    payment.refunding_minor -= refund.amount_minor
    match outcome:
        case Refunded(reference):
            refund.state, refund.reference = Refund.State.DONE, reference
            _pay_back(payment, refund)
        case Refused():
            refund.state = Refund.State.FAILED
    refund.done_time = Now()
    refund.save(update_fields=["state", "reference", "done_time"])
    payment.save_as_next_version("state", "refunding_minor", "refunded_minor")
    if refund.state == Refund.State.DONE:
        enqueue_report(payment)
    return refund


def _pay_back(payment: Payment, refund: Refund) -> None:
    payment.refunded_minor += refund.amount_minor
    whole = payment.refunded_minor == payment.capture_minor
    payment.state = Payment.State.REFUNDED if whole else Payment.State.PARTIALLY_REFUNDED
    LedgerEntry.objects.create(
        payment=payment,
        refund=refund,
        debit_account=LedgerEntry.Account.CUSTOMER,
        credit_account=LedgerEntry.Account.PROVIDER,
        amount_minor=refund.amount_minor,
        currency=payment.currency,
    )
    count_on_commit(REFUNDED, refund.amount_minor, currency=payment.currency)
