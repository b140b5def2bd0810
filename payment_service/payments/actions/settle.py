"""Learning what became of a payment, and writing it down.

No transaction is open while the provider is asked. Whatever dies between these lines, the
row says what was asked, and asking again under the same key tells what came of it.
"""

from django.db import transaction

from mesh.core.failpoints import failpoint
from mesh.telemetry.metrics import count_on_commit
from payment_service.payments import queries
from payment_service.payments.metrics import CAPTURED
from payment_service.payments.models import LedgerEntry, Payment
from payment_service.payments.providers.base import (
    Authorized,
    Captured,
    Declined,
    PaymentOutcome,
    Voided,
    provider,
    provider_request,
)

_STATE = Payment.State


def resolve(payment: Payment) -> Payment:
    """Asks the provider for what is under way with a payment, and settles it.

    A payment with nothing under way is left as it is. Raises ProviderUnavailable.
    """
    capture_key, authorize_key = payment.capture_request_id, payment.authorize_request_id
    outcome: PaymentOutcome
    if payment.state == _STATE.PENDING and authorize_key:
        ask = provider_request(f"authorize:{authorize_key}", payment)
        outcome = provider().authorize(ask, amount=payment.amount, method=payment.payment_method)
    elif payment.state == _STATE.PENDING:
        ask = provider_request(f"capture:{capture_key}", payment)
        outcome = provider().capture(ask, amount=payment.amount, method=payment.payment_method)
    elif payment.state == _STATE.AUTHORIZED and capture_key:
        outcome = provider().capture_authorization(
            provider_request(f"capture:{capture_key}", payment),
            authorization=payment.reference,
            amount=payment.capture,
        )
    else:
        return payment
    failpoint("payment.answered")
    settled = settle(payment, outcome)
    failpoint("payment.settled")
    return settled


@transaction.atomic
def settle(unsettled: Payment, outcome: PaymentOutcome) -> Payment:
    """Writes down an outcome; the transitions between a payment's states are all here.

    One that comes too late, as another has been written down, changes nothing.
    """
    payment = queries.payment_for_update(unsettled.id)
    match payment.state, outcome:
        case _STATE.PENDING, Declined(reason):
            payment.state, payment.decline_reason = _STATE.DECLINED, reason
        case _STATE.PENDING, Authorized(reference):
            payment.state, payment.reference = _STATE.AUTHORIZED, reference
        case ((_STATE.PENDING | _STATE.AUTHORIZED), Captured(reference, amount_minor)):
            payment.state, payment.reference = _STATE.CAPTURED, reference
            payment.capture_minor = amount_minor
            _record_capture(payment)
        case _STATE.AUTHORIZED, Voided():
            payment.state = _STATE.VOIDED
        case _:
            return payment
    payment.save_as_next_version("state", "decline_reason", "reference", "capture_minor")
    return payment


def _record_capture(payment: Payment) -> None:
    LedgerEntry.objects.create(
        payment=payment,
        debit_account=LedgerEntry.Account.PROVIDER,
        credit_account=LedgerEntry.Account.CUSTOMER,
        amount_minor=payment.capture_minor,
        currency=payment.currency,
    )
    count_on_commit(CAPTURED, payment.capture_minor, currency=payment.currency)
