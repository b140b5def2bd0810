"""Rows as their messages need them, without the price of models."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from payment_service.payments.models import CAPTURED_STATES


class PaymentRow(NamedTuple):
    """A payment's; named as its model's fields are."""

    id: UUID
    order_id: UUID
    user_id: UUID | None
    state: str
    decline_reason: str
    amount_minor: int
    currency: str
    capture_minor: int
    refunded_minor: int
    version: int
    create_time: datetime
    update_time: datetime

    @property
    def captured(self) -> bool:
        """Returns whether money was taken, however much of it was paid back since."""
        return self.state in CAPTURED_STATES


class LedgerRow(NamedTuple):
    """A ledger entry's, likewise."""

    id: UUID
    debit_account: str
    credit_account: str
    amount_minor: int
    currency: str
    create_time: datetime


class FoundPayment(NamedTuple):
    """A payment with its ledger."""

    payment: PaymentRow
    ledger: Sequence[LedgerRow]
