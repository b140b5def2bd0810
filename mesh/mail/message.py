"""Renders the message of a mail: `mail/<template>/subject.txt`, `body.txt`, `body.html`."""

from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template import Context
from django.template.loader import get_template

from mesh.mail.models import Mail
from mesh.mail.recipients import Recipient, added_context


def message_of(mail: Mail, recipient: Recipient) -> EmailMultiAlternatives:
    """Returns the message; its Message-ID is the same each time (RFC 5322, 3.6.4).

    Templates get the mail's context, what the service's `mail_context` adds, and the recipient's
    `full_name`: empty for an unverified address, as anybody may have entered the name.
    """
    added = added_context(mail, recipient)
    full_name = recipient.full_name if recipient.verified else ""
    context = {**mail.context, **added, "full_name": full_name}
    message = EmailMultiAlternatives(
        subject=" ".join(_rendered(mail, "subject.txt", context).split()),
        body=_rendered(mail, "body.txt", context),
        to=[recipient.address],
        headers={
            "Message-ID": f"<{mail.id}@{settings.MAIL_DOMAIN}>",
            # Keeps out-of-office replies away (RFC 3834).
            "Auto-Submitted": "auto-generated",
        },
    )
    message.attach_alternative(_rendered(mail, "body.html", context), "text/html")
    return message


def _rendered(mail: Mail, part: str, context: dict[str, Any]) -> str:
    """Renders a part; unlike Django's default, plain text is not escaped. HTML always is."""
    backend_template: Any = get_template(f"mail/{mail.template}/{part}")
    rendered: str = backend_template.template.render(
        Context(context, autoescape=part.endswith(".html"))
    )
    return rendered
