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
