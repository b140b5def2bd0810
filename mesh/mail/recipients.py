"""Who a mail goes to, and what it holds that is not kept: each service says how."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from mesh.auth.encryption import sealed, unsealed
from mesh.mail.models import Mail

PURPOSE = "recipients of mails"


@dataclass(frozen=True, slots=True)
class Recipient:
    """`verified`: whether somebody showed that mail to the address arrives."""

    address: str
    full_name: str
    verified: bool


@cache
def _lookup() -> Callable[[UUID], Recipient | None]:
    """The function named by the setting MAIL_RECIPIENT, resolved once."""
    found: Callable[[UUID], Recipient | None] = import_string(settings.MAIL_RECIPIENT)
    return found


def recipient_of(user_id: UUID) -> Recipient | None:
    """Where a user's mail goes now; None when the account is gone."""
    return _lookup()(user_id)


def recipient_for(mail: Mail) -> Recipient | None:
    """The one that the mail was queued for by address, or else its user as of now."""
    if mail.sealed_recipient:
        return Recipient(**json.loads(unsealed(mail.sealed_recipient, PURPOSE)))
    return recipient_of(mail.user_id)


def sealed_recipient(recipient: Recipient) -> str:
    return sealed(json.dumps(asdict(recipient)).encode(), PURPOSE)


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
