"""Paying back: the amount is held first, then the provider asked, then the refund settled.

A refund whose outcome nobody learnt is finished by an outbox step, as its caller may be a
person who does not ask again.
"""

from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from mesh.idempotency.errors import RequestIdReused
from mesh.money import Amount
from mesh.outbox.actions import record
from payment_service.payments import queries
from payment_service.payments.errors import (
    CurrencyMismatch,
    PaymentNotCaptured,
    RefundExceedsCapture,
)
from payment_service.payments.models import LedgerEntry, Payment, Refund
from payment_service.payments.providers import provider

FINISH_AFTER_S = 30.0
_UNPAID = (Payment.State.PENDING, Payment.State.DECLINED)


def refund_payment(*, payment_id: UUID, amount: Amount | None, request_id: UUID) -> Payment:
    """Pay back, at most once per request_id; without an amount, all that is left.

    A repeat pays nothing more. Raises PaymentNotFound, PaymentNotCaptured,
    CurrencyMismatch, RefundExceedsCapture, RequestIdReused; ProviderUnavailable when the
    outcome is unknown: the amount stays held, and the refund is finished later.
    """
    refund = open_refund(payment_id=payment_id, amount=amount, request_id=request_id)
    return finish_refund(refund_id=refund.id)


def finish_refund(*, refund_id: UUID) -> Payment:
    """Bring an opened refund to its end; one that ended is left as it is.

    Raises ProviderUnavailable.
    """
    refund = Refund.objects.select_related("payment").get(id=refund_id)
    if refund.state == Refund.State.DONE:
        return refund.payment
    outcome = provider().refund(
        idempotency_key=f"refund:{refund.request_id}",
        charge=refund.payment.reference,
        amount=refund.amount,
    )
    return settle_refund(refund=refund, reference=outcome.reference)


@transaction.atomic
def open_refund(*, payment_id: UUID, amount: Amount | None, request_id: UUID) -> Refund:
    """The request's refund: a new one, its amount held, or for a repeat the one there is."""
    payment = queries.payment_for_update(payment_id)
    asked_minor = amount.minor if amount else None
    if amount is not None and amount.currency != payment.currency:
        raise CurrencyMismatch(f"the payment is in {payment.currency}", currency=payment.currency)
    if refund := queries.refund_of_request(request_id):
        if (refund.payment_id, refund.asked_minor) != (payment_id, asked_minor):
            raise _request_id_reused()
        return refund
    refund = Refund(
        request_id=request_id,
        payment=payment,
        asked_minor=asked_minor,
        amount_minor=_refundable_minor(payment, asked_minor),
    )
    _hold(payment, refund)
    return refund


def _refundable_minor(payment: Payment, asked_minor: int | None) -> int:
    """How much is paid back. Raises PaymentNotCaptured, RefundExceedsCapture."""
    if payment.state in _UNPAID:
        raise PaymentNotCaptured("nothing was captured that could be paid back")
    left = Amount(payment.refundable_minor, payment.currency)
    if left.minor == 0 or (asked_minor or 0) > left.minor:
        raise RefundExceedsCapture(f"{left} can be paid back", refundable=left)
    return left.minor if asked_minor is None else asked_minor


def _hold(payment: Payment, refund: Refund) -> None:
    """Write down the refund and hold its amount, so that no other refund can have it."""
    try:
        with transaction.atomic():
            refund.save(force_insert=True)
    except IntegrityError as error:
        # Under this payment's lock, only another payment's refund can have come first.
        raise _request_id_reused() from error
    payment.refunding_minor += refund.amount_minor
    payment.save_as_next_version("refunding_minor")
    step_key = f"refund:{refund.id}"
    record("finish_refund", {"refund_id": str(refund.id)}, key=step_key, delay_s=FINISH_AFTER_S)


def _request_id_reused() -> RequestIdReused:
    return RequestIdReused("this request_id was used for another refund")


@transaction.atomic
def settle_refund(*, refund: Refund, reference: str) -> Payment:
    """Turn the held amount into a refunded one; a refund that ended is left as it is."""
    payment = queries.payment_for_update(refund.payment_id)
    pending = Refund.objects.filter(id=refund.id, state=Refund.State.PENDING)
    if not pending.update(state=Refund.State.DONE, reference=reference, done_time=Now()):
        return payment
    payment.refunding_minor -= refund.amount_minor
    payment.refunded_minor += refund.amount_minor
    whole = payment.refunded_minor == payment.amount_minor
    payment.state = Payment.State.REFUNDED if whole else Payment.State.PARTIALLY_REFUNDED
    _record_refund(refund)
    payment.save_as_next_version("state", "refunding_minor", "refunded_minor")
    return payment


def _record_refund(refund: Refund) -> None:
    LedgerEntry.objects.create(
        payment_id=refund.payment_id,
        refund=refund,
        debit_account=LedgerEntry.Account.CUSTOMER,
        credit_account=LedgerEntry.Account.PROVIDER,
        amount_minor=refund.amount_minor,
        currency=refund.payment.currency,
    )
