from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from mesh.contract.money import Amount
from mesh.core.ids import uuid7
from payment_service.payments.models.payment import Payment
from payment_service.payments.models.refund import Refund


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
