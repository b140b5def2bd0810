"""Refunds, and the ledger of all that moved."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from mesh.contract.money import Amount
from mesh.core.ids import uuid7
from payment_service.payments.models.payment import Payment


class Refund(models.Model):
    """One payment back. While PENDING, its amount is held in the payment's refunding_minor.

    FAILED is what the provider refused: no money moved, and none will under its request_id.
    """

    class State(models.TextChoices):
        PENDING = "PENDING"
        DONE = "DONE"
        FAILED = "FAILED"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    request_id = models.UUIDField(unique=True)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    state = models.CharField(max_length=8, choices=State.choices, default=State.PENDING)
    asked_minor = models.BigIntegerField(null=True, help_text="Null: asked for all that was left.")
    amount_minor = models.BigIntegerField()
    reference = models.CharField(
        max_length=255, default="", help_text="What the provider calls the refund."
    )
    create_time = models.DateTimeField(db_default=Now())
    done_time = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0)
                & (Q(asked_minor__isnull=True) | Q(asked_minor=F("amount_minor"))),
                name="refund_amount",
            ),
            models.CheckConstraint(
                condition=Q(state="PENDING", reference="", done_time__isnull=True)
                | Q(state="FAILED", reference="", done_time__isnull=False)
                | (Q(state="DONE", done_time__isnull=False) & ~Q(reference="")),
                name="refund_state",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} of payment {self.payment_id} ({self.state})"

    @property
    def amount(self) -> Amount:
        return Amount(self.amount_minor, self.payment.currency)


class LedgerEntry(models.Model):
    """One movement of money: debited to one account and credited to another.

    Both sides in one row, so that no entry can be out of balance (as TigerBeetle's
    transfers). Rows are only ever added: a trigger refuses anything else. A capture
    debits `provider`, which then holds the money for us, and credits `customer`, to whom
    we then owe it in goods; a refund is the reverse.
    """

    class Account(models.TextChoices):
        CUSTOMER = "customer"
        PROVIDER = "provider"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="ledger")
    refund = models.OneToOneField(
        Refund, on_delete=models.PROTECT, null=True, help_text="Null: the capture."
    )
    debit_account = models.CharField(max_length=16, choices=Account.choices)
    credit_account = models.CharField(max_length=16, choices=Account.choices)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    create_time = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["create_time", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["payment"], condition=Q(refund__isnull=True), name="ledger_one_capture"
            ),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="ledger_amount"),
            models.CheckConstraint(
                condition=Q(
                    refund__isnull=True, debit_account="provider", credit_account="customer"
                )
                | Q(refund__isnull=False, debit_account="customer", credit_account="provider"),
                name="ledger_accounts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.debit_account} from {self.credit_account}: {self.amount}"

    @property
    def amount(self) -> Amount:
        return Amount(self.amount_minor, self.currency)
