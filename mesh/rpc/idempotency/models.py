from django.db import models
from django.db.models.functions import Now


class StoredResponse(models.Model):
    """The response to one caller's request, by the request_id that the caller chose."""

    subject = models.CharField(max_length=64, help_text="Who asked; empty for nobody known.")
    method = models.CharField(max_length=128, help_text="/market.order.v1.OrderService/…")
    request_id = models.CharField(max_length=64)
    # Keyed, as requests hold passwords, which a plain digest would let one guess.
    fingerprint = models.BinaryField(max_length=32)
    response = models.BinaryField()
    create_time = models.DateTimeField(db_default=Now(), db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "method", "request_id"], name="idempotency_one_response"
            )
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.request_id}"
