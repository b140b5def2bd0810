from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now

from mesh.core.ids import uuid7
from mesh.mail.locales import DEFAULT_LOCALE

# Makes `username__lower=` use the index that makes usernames unique.
models.CharField.register_lookup(Lower)


class User(models.Model):
    """One account. Erasing it leaves the id, the times and nothing about the person."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    username = models.CharField(max_length=32, null=True)
    email = models.CharField(max_length=254, null=True)
    email_verified = models.BooleanField(default=False)
    pending_email = models.CharField(
        max_length=254, null=True, help_text="Takes the address's place once it is verified."
    )
    full_name = models.CharField(max_length=150, blank=True)
    locale = models.CharField(
        max_length=16,
        default=DEFAULT_LOCALE,
        db_default=DEFAULT_LOCALE,
        help_text="Language of mails, as a BCP 47 tag.",
    )
    password_hash = models.CharField(max_length=128)
    staff_scopes = ArrayField(models.CharField(max_length=32), default=list)
    token_version = models.PositiveIntegerField(
        default=1, help_text="A session begun under another one has ended."
    )
    tokens_revoked_time = models.DateTimeField(
        null=True, help_text="When the access tokens given out until then were last revoked."
    )
    version = models.PositiveIntegerField(default=1)
    create_time = models.DateTimeField(db_default=Now())
    update_time = models.DateTimeField(db_default=Now())
    lock_time = models.DateTimeField(null=True, help_text="When staff locked it.")
    erased_time = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["tokens_revoked_time", "id"],
                condition=Q(tokens_revoked_time__isnull=False),
                name="accounts_user_tokens_revoked",
            ),
            # By which staff finds accounts by how a name or an address begins.
            models.Index(
                OpClass(Lower("username"), name="text_pattern_ops"),
                name="accounts_user_username_begins",
            ),
            models.Index(
                OpClass(Lower("email"), name="text_pattern_ops"),
                name="accounts_user_email_begins",
            ),
        ]
        constraints = [
            models.UniqueConstraint(Lower("username"), name="accounts_user_username_once"),
            models.UniqueConstraint(Lower("email"), name="accounts_user_email_once"),
            models.CheckConstraint(
                condition=Q(
                    erased_time__isnull=True,
                    username__isnull=False,
                    email__isnull=False,
                )
                & ~Q(username="")
                & ~Q(email="")
                & ~Q(password_hash="")
                | Q(
                    erased_time__isnull=False,
                    username__isnull=True,
                    email__isnull=True,
                    pending_email__isnull=True,
                    full_name="",
                    password_hash="",
                    staff_scopes=[],
                ),
                name="accounts_user_whole_or_erased",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def is_staff(self) -> bool:
        return bool(self.staff_scopes)

    @property
    def etag(self) -> str:
        return str(self.version)

    def save_as_next_version(self, **values: Any) -> None:
        """Stores these values in a locked row.

        A new `token_version` revokes the access tokens that were given out until now.
        """
        if "token_version" in values:
            values["tokens_revoked_time"] = Now()
        for name, value in values.items():
            setattr(self, name, value)
        self.version += 1
        self.update_time = Now()
        self.save(update_fields=[*values, "version", "update_time"])
        self.refresh_from_db(fields=[*values, "update_time"])


class Profile(NamedTuple):
    """What a reader may see of a whole account, as it is read without a model."""

    id: UUID
    username: str
    email: str
    full_name: str
    is_staff: bool
    create_time: datetime
    update_time: datetime
    etag: str
    email_verified: bool
    lock_time: datetime | None
    pending_email: str | None
    locale: str


class Reauthentication(models.Model):
    """That an account's owner just proved who it is, by the SHA-256 of the token given for it.

    Deleted when it is used.
    """

    digest = models.BinaryField(primary_key=True, max_length=32)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="reauthentications")
    token_version = models.PositiveIntegerField(help_text="The account's at the proof.")
    expire_time = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"of {self.user_id}"
