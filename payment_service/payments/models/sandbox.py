from django.db import models
from django.db.models.functions import Now


class SandboxCharge(models.Model):
    """What the sandbox provider remembers under one idempotency key.

    These are the books of another company, kept here for want of one: no code but the
    sandbox provider reads them.
    """

    key = models.CharField(primary_key=True, max_length=64)
    method = models.CharField(max_length=128)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    refund_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True)
    reference = models.CharField(max_length=64, unique=True)
    asks = models.PositiveIntegerField(default=0, help_text="How often it was asked for.")
    moved = models.BooleanField(default=False, help_text="Whether the money moved.")
    create_time = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.reference} ({'moved' if self.moved else 'failed'})"
