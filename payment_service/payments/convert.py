"""Between messages and rows."""

from datetime import datetime

from google.protobuf.timestamp_pb2 import Timestamp
from google.type.money_pb2 import Money

from market.payment.v1 import payment_pb2
from mesh.contract import money
from mesh.contract.money import Amount, MoneyTooFine
from mesh.core.errors import FieldViolation, InvalidArgument
from payment_service.payments.models import LedgerEntry, Payment

MAX_MINOR = 2**63 - 1


def amount(sent: Money) -> Amount:
    """The amount to move. Raises InvalidArgument when it can't be kept exactly."""
    try:
        moved = money.from_wire(sent)
    except MoneyTooFine as error:
        raise _amount_invalid(str(error), "money.too_fine") from error
    if moved.minor > MAX_MINOR:
        raise _amount_invalid("must be smaller", "money.too_large")
    return moved


def _amount_invalid(description: str, rule: str) -> InvalidArgument:
    return InvalidArgument(
        "the request breaks its contract",
        violations=[FieldViolation("amount", description, rule)],
    )


def to_wire(payment: Payment) -> payment_pb2.Payment:
    return payment_pb2.Payment(
        id=str(payment.id),
        order_id=str(payment.order_id),
        user_id=str(payment.user_id or ""),
        state=f"PAYMENT_STATE_{payment.state}",
        decline_reason=payment.decline_reason,
        create_time=_timestamp(payment.create_time),
        update_time=_timestamp(payment.update_time),
        ledger=map(_entry_to_wire, payment.ledger.all()),
        etag=str(payment.version),
        **_amounts(payment),
    )


def _amounts(payment: Payment) -> dict[str, Money]:
    """None for a payment that was voided before it was asked for: it has no currency."""
    if not payment.amount_minor:
        return {}
    captured_minor = payment.capture_minor if payment.captured else 0
    return {
        "amount": money.to_wire(payment.amount),
        "captured_amount": money.to_wire(Amount(captured_minor, payment.currency)),
        "refunded_amount": money.to_wire(Amount(payment.refunded_minor, payment.currency)),
    }


def _entry_to_wire(entry: LedgerEntry) -> payment_pb2.LedgerEntry:
    return payment_pb2.LedgerEntry(
        id=str(entry.id),
        debit_account=entry.debit_account,
        credit_account=entry.credit_account,
        amount=money.to_wire(entry.amount),
        create_time=_timestamp(entry.create_time),
    )


def _timestamp(time: datetime) -> Timestamp:
    timestamp = Timestamp()
    timestamp.FromDatetime(time)
    return timestamp
