"""The recipient of a mail, and its context that is not stored, as each service defines them."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from mesh.auth.encryption import decrypt, encrypt
from mesh.core.wiring import wired_service
from mesh.mail.locales import DEFAULT_LOCALE
from mesh.mail.models import Mail

PURPOSE = "recipients of mails"


@dataclass(frozen=True, slots=True)
class Recipient:
    """`verified`: whether the user has shown that mail to the address arrives.

    `locale` is a BCP 47 tag: the mail's language, and how it writes dates and money.
    """

    address: str
    full_name: str
    verified: bool
    locale: str = DEFAULT_LOCALE


Recipients = Callable[[UUID], Recipient | None]
MailContext = Callable[[Mail, Recipient], Mapping[str, Any]]


def recipient_for(mail: Mail) -> Recipient | None:
    """Returns the recipient stored with the mail, or else its user's; None for a gone account."""
    if mail.sealed_recipient:
        return Recipient(**json.loads(decrypt(mail.sealed_recipient, PURPOSE)))
    lookup: Recipients = wired_service().recipient
    return lookup(mail.user_id)


def sealed_recipient(recipient: Recipient) -> str:
    kept = asdict(recipient)
    if recipient.locale == DEFAULT_LOCALE:
        del kept["locale"]  # a worker that is older than locales can send the mail, too
    return encrypt(json.dumps(kept).encode(), PURPOSE)


def added_context(mail: Mail, recipient: Recipient) -> Mapping[str, Any]:
    """Returns what the templates of this mail get beside its context, made when it is sent.

    The place for secrets, such as a token: they are in the mail and nowhere else.
    """
    added: MailContext | None = wired_service().mail_context
    return added(mail, recipient) if added else {}
