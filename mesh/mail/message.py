"""Renders the message of a mail: `mail/<template>/subject.txt`, `body.txt`, `body.html`.

A body extends `mail/layout.txt` or `mail/layout.html`. Those have no images and ask for nothing:
what a mail looks like is in it, and nobody learns that it was read. Its language is the
recipient's: templates mark their texts to be translated, and catalogs are in `locale/` beside them.
"""

from email.utils import parseaddr
from functools import cache
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template import Context
from django.template.loader import get_template
from django.utils import translation

from mesh.mail.models import Mail
from mesh.mail.recipients import Recipient, added_context


def message_of(mail: Mail, recipient: Recipient) -> EmailMultiAlternatives:
    """Returns the message; its Message-ID is the same each time (RFC 5322, 3.6.4).

    Templates get the mail's context, what the service's `mail_context` adds, the `brand` that
    MAIL_FROM names, the recipient's `locale`, and its `full_name`: empty for an unverified
    address, as anybody may have entered the name. Bodies also get the `subject`, which is their
    heading.
    """
    added = added_context(mail, recipient)
    full_name = recipient.full_name if recipient.verified else ""
    brand = _brand(settings.DEFAULT_FROM_EMAIL)
    context = {**mail.context, **added, "full_name": full_name, "brand": brand}
    context["locale"] = recipient.locale
    with translation.override(recipient.locale):
        context["subject"] = " ".join(_rendered(mail, "subject.txt", context).split())
        body, html = (_rendered(mail, part, context) for part in ("body.txt", "body.html"))
    message = EmailMultiAlternatives(
        subject=context["subject"],
        body=body,
        to=[recipient.address],
        headers={
            "Message-ID": f"<{mail.id}@{settings.MAIL_DOMAIN}>",
            # Keeps out-of-office replies away (RFC 3834).
            "Auto-Submitted": "auto-generated",
        },
    )
    message.attach_alternative(html, "text/html")
    return message


@cache
def _brand(sender: str) -> str:
    """Returns the sender's name, or its domain where it has none."""
    name, address = parseaddr(sender)
    return name or address.rpartition("@")[2]


def _rendered(mail: Mail, part: str, context: dict[str, Any]) -> str:
    """Renders a part; unlike Django's default, plain text is not escaped. HTML always is."""
    backend_template: Any = get_template(f"mail/{mail.template}/{part}")
    rendered: str = backend_template.template.render(
        Context(context, autoescape=part.endswith(".html"))
    )
    return rendered
