from django.db import models
from django.db.models.functions import Now


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
