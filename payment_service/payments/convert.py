"""Between messages and rows."""

from collections.abc import Iterable
from typing import Any

from market.payment.v1 import payment_pb2
from mesh.contract import money, timestamps
from payment_service.payments.models import LedgerEntry, Payment
from payment_service.payments.rows import LedgerRow, PaymentRow


def to_wire(payment: Payment) -> payment_pb2.Payment:
    return found_to_wire(payment, payment.ledger.all())


def found_to_wire(
    payment: Payment | PaymentRow, ledger: Iterable[LedgerEntry] | Iterable[LedgerRow]
) -> payment_pb2.Payment:
    return payment_pb2.Payment(
        id=str(payment.id),
        order_id=str(payment.order_id),
        user_id=str(payment.user_id or ""),
        state=f"PAYMENT_STATE_{payment.state}",
        decline_reason=payment.decline_reason,
        create_time=timestamps.fields(payment.create_time),
        update_time=timestamps.fields(payment.update_time),
        ledger=(_entry_to_wire(entry) for entry in ledger),
        etag=str(payment.version),
        **_amounts(payment),
    )


def _amounts(payment: Payment | PaymentRow) -> dict[str, Any]:
    """None for a payment that was voided before it was asked for: it has no currency."""
    if not payment.amount_minor:
        return {}
    captured_minor = payment.capture_minor if payment.captured else 0
    return {
        "amount": money.fields(payment.amount_minor, payment.currency),
        "captured_amount": money.fields(captured_minor, payment.currency),
        "refunded_amount": money.fields(payment.refunded_minor, payment.currency),
    }


def _entry_to_wire(entry: LedgerEntry | LedgerRow) -> payment_pb2.LedgerEntry:
    return payment_pb2.LedgerEntry(
        id=str(entry.id),
        debit_account=entry.debit_account,
        credit_account=entry.credit_account,
        amount=money.fields(entry.amount_minor, entry.currency),
        create_time=timestamps.fields(entry.create_time),
    )
