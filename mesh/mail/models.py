from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from mesh.core.ids import uuid7


class Mail(models.Model):
    """One mail to one user. `context` fills the template and holds no personal data."""

    class State(models.TextChoices):
        QUEUED = "QUEUED"
        SENT = "SENT"
        DROPPED = "DROPPED"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    dedup_key = models.CharField(max_length=180)
    user_id = models.UUIDField(db_index=True)
    template = models.CharField(max_length=64)
    context = models.JSONField(default=dict)
    sealed_recipient = models.TextField(
        default="",
        db_default="",
        help_text="Whom it goes to in place of the account's address, until it is sent.",
    )
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    create_time = models.DateTimeField(db_default=Now())
    sent_time = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dedup_key"], name="mail_mail_once"),
            models.CheckConstraint(
                condition=Q(state__in=["QUEUED", "SENT", "DROPPED"]), name="mail_mail_state"
            ),
            models.CheckConstraint(
                condition=Q(state="SENT", sent_time__isnull=False)
                | (~Q(state="SENT") & Q(sent_time__isnull=True)),
                name="mail_mail_sent_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.template} {self.id} ({self.state})"


class UnverifiedMail(models.Model):
    """A mail that was allowed to an unverified address, stored as a keyed digest."""

    mail_id = models.UUIDField(primary_key=True, editable=False)
    recipient = models.BinaryField(max_length=32)
    create_time = models.DateTimeField(db_default=Now(), db_index=True)

    class Meta:
        indexes = [models.Index(fields=["recipient", "create_time"], name="mail_unverified_lately")]

    def __str__(self) -> str:
        return str(self.mail_id)
