"""What a provider reported, and what the one in the sandbox remembers."""

from django.db import models
from django.db.models.functions import Now


class ProviderEvent(models.Model):
    """The inbox: an event that the payment provider reported, kept once by its own id.

    Of what it says only ids are kept: the provider's events name people. One that is
    about no payment or refund of ours has neither id.
    """

    id = models.CharField(primary_key=True, max_length=255)
    type = models.CharField(max_length=255)
    payment_id = models.UUIDField(null=True)
    refund_id = models.UUIDField(null=True)
    reference = models.CharField(
        max_length=255, default="", help_text="What the provider calls what it is about."
    )
    create_time = models.DateTimeField(db_default=Now(), db_index=True)

    def __str__(self) -> str:
        return f"{self.type} {self.id}"


class SandboxEntry(models.Model):
    """What the sandbox provider remembers under one idempotency key.

    These are the books of another company, kept here for want of one: no code but the
    sandbox provider reads them.
    """

    class Kind(models.TextChoices):
        HOLD = "HOLD"
        CHARGE = "CHARGE"
        RELEASE = "RELEASE"
        REFUND = "REFUND"

    key = models.CharField(primary_key=True, max_length=64)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    about = models.UUIDField(help_text="The caller's own id of what it asks for.")
    method = models.CharField(max_length=128)
    of = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, help_text="The hold or charge it is about."
    )
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reference = models.CharField(max_length=64, unique=True)
    asks = models.PositiveIntegerField(default=0, help_text="How often it was asked for.")
    done = models.BooleanField(default=False, help_text="Whether it was done.")
    refused = models.BooleanField(default=False, help_text="Whether it never will be.")
    create_time = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.kind} {self.reference} ({'done' if self.done else 'not done'})"
