from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from user_service.accounts.models import User


class MailedToken(models.Model):
    """That a mail with a token was made; the token itself is kept nowhere."""

    class Purpose(models.TextChoices):
        VERIFY_EMAIL = "VERIFY_EMAIL"
        RESET_PASSWORD = "RESET_PASSWORD"  # noqa: S105  # a purpose

    id = models.UUIDField(primary_key=True, editable=False, help_text="The mail's.")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="mailed_tokens")
    purpose = models.CharField(max_length=16, choices=Purpose.choices)
    expire_time = models.DateTimeField(db_index=True)
    used_time = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(purpose__in=["VERIFY_EMAIL", "RESET_PASSWORD"]),
                name="credentials_mailedtoken_purpose",
            )
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.id}"


class TotpDevice(models.Model):
    """An account's authenticator; sign-ins ask for it once it is confirmed."""

    user = models.OneToOneField(
        User, on_delete=models.CASCADE, primary_key=True, related_name="totp_device"
    )
    sealed = models.TextField(help_text="The secret, see mesh.auth.encryption.")
    last_step = models.BigIntegerField(
        default=0, help_text="Codes of this time step and of earlier ones are used up."
    )
    confirm_time = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"of {self.user_id}"


class RecoveryCode(models.Model):
    """A code that stands in for the authenticator, by its SHA-256; deleted when used."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.BinaryField(max_length=32)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "digest"], name="credentials_recoverycode_once")
        ]

    def __str__(self) -> str:
        return f"of {self.user_id}"


class Throttle(models.Model):
    """How often tries under one throttle key failed lately, and until when it takes no more.

    `door` is the key: a keyed digest of a login or an address, which the row thus does not tell.
    """

    door = models.BinaryField(primary_key=True, max_length=32)
    failures = models.PositiveIntegerField(default=0)
    last_failure_time = models.DateTimeField(db_default=Now(), db_index=True)
    shut_until = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.failures} failures"
