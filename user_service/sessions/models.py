from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from mesh.core.ids import uuid7
from user_service.accounts.models import User


class Session(models.Model):
    """What a sign-in began: the family of refresh tokens descended from its first."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="sessions")
    token_version = models.PositiveIntegerField(help_text="The account's at sign-in.")
    create_time = models.DateTimeField(db_default=Now())
    expire_time = models.DateTimeField(db_index=True)
    revoked_time = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(expire_time__gt=F("create_time")), name="sessions_session_lasts"
            )
        ]

    def __str__(self) -> str:
        return str(self.id)


class RefreshToken(models.Model):
    """One member of a family, by the SHA-256 of the token; the token is kept nowhere."""

    digest = models.BinaryField(primary_key=True, max_length=32)
    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="refresh_tokens")
    create_time = models.DateTimeField(db_default=Now())
    used_time = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"of session {self.session_id}"


class SigningKey(models.Model):
    """An Ed25519 key; `sealed` is its private JWK, see mesh.auth.encryption."""

    class State(models.TextChoices):
        NEXT = "NEXT"
        CURRENT = "CURRENT"
        PREVIOUS = "PREVIOUS"

    kid = models.CharField(primary_key=True, max_length=64, help_text="Thumbprint, RFC 7638.")
    state = models.CharField(max_length=8, choices=State.choices)
    public_jwk = models.JSONField()
    sealed = models.TextField()
    create_time = models.DateTimeField(db_default=Now())
    state_time = models.DateTimeField(db_default=Now(), help_text="When the state began.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["state"], name="sessions_signingkey_one_a_state"),
            models.CheckConstraint(
                condition=Q(state__in=["NEXT", "CURRENT", "PREVIOUS"]),
                name="sessions_signingkey_state",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kid} ({self.state})"
