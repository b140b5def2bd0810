"""Who a mail goes to, and what it holds that is not kept: each service says how."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from mesh.mail.models import Mail


@dataclass(frozen=True, slots=True)
class Recipient:
    address: str
    full_name: str


@cache
def _lookup() -> Callable[[UUID], Recipient | None]:
    """The function named by the setting MAIL_RECIPIENT, resolved once."""
    found: Callable[[UUID], Recipient | None] = import_string(settings.MAIL_RECIPIENT)
    return found


def recipient_of(user_id: UUID) -> Recipient | None:
    """Where a user's mail goes now; None when the account is gone."""
    return _lookup()(user_id)


def _nothing(mail: Mail, recipient: Recipient) -> Mapping[str, Any]:
    return {}


@cache
def _addition() -> Callable[[Mail, Recipient], Mapping[str, Any]]:
    """The function named by the setting MAIL_CONTEXT, if there is one, resolved once."""
    name = getattr(settings, "MAIL_CONTEXT", "")
    added: Callable[[Mail, Recipient], Mapping[str, Any]] = (
        import_string(name) if name else _nothing
    )
    return added


def added_context(mail: Mail, recipient: Recipient) -> Mapping[str, Any]:
    """What the templates of this mail get besides its context, made when it is sent.

    The place for secrets, such as a token: they are in the mail and nowhere else.
    """
    return _addition()(mail, recipient)
