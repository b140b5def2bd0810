from django.contrib.postgres.fields import ArrayField
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

from mesh.admin.cells import short
from mesh.admin.scopes import ANY, EVERY, OF_MARKET, all_scopes, own_scopes


class Staff(models.Model):
    """Somebody who was let in, by the account's id; what else is known of it is kept elsewhere.

    Django's admin takes it for its user. Rows are kept, as the audit trail names them.
    """

    USERNAME_FIELD = "id"
    REQUIRED_FIELDS: list[str] = []
    is_authenticated = is_active = is_staff = True
    is_anonymous = has_usable_password = False

    id = models.UUIDField(primary_key=True, editable=False)
    scopes = ArrayField(models.CharField(max_length=32), help_text="As last heard.")

    # Of the account, while somebody is signed in.
    name = ""

    class Meta:
        verbose_name_plural = "staff"

    def __str__(self) -> str:
        return str(self.id)

    def get_short_name(self) -> str:
        return self.name or short(self.id)

    def get_username(self) -> str:
        return str(self.id)

    def may(self, scope: str) -> bool:
        """Returns whether the user has this scope; see `mesh.admin.scopes` for ANY, EVERY."""
        own, held = own_scopes(), frozenset(self.scopes)
        if scope == EVERY:
            return bool(own) and own <= held
        if scope in (ANY, OF_MARKET):
            return bool((own if scope == ANY else all_scopes()) & held)
        return scope in held


class SignIn(AbstractBaseSession):
    """A browser that somebody signed in with; see `mesh.admin.session_store`."""

    class Meta:
        verbose_name = "sign-in"
