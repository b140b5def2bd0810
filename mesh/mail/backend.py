"""The EMAIL_BACKEND of services: Django's for SMTP, with a faster writer.

Django's writer fits every message and took nearly half of a mail's step
(docs/decisions/0018). The mails of this package are all alike: a text and its HTML, to one
address.
"""

from email.header import Header
from email.utils import formataddr, formatdate, parseaddr
from functools import cache
from quopri import encodestring
from typing import Any, TypeGuard

from django.core.mail import BadHeaderError, EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.smtp import EmailBackend
from django.utils.encoding import punycode

LINE = 78  # RFC 5322, 2.1.1
BOUNDARY = "=_part"  # in no part, as quoted-printable has no `=_` (RFC 2045, 6.7)


class FastSMTPBackend(EmailBackend):
    """Sends the messages of `mesh.mail.message`; any other message goes Django's way."""

    connection: Any  # the stubs do not say that Django opens an smtplib.SMTP

    def _send(self, email_message: EmailMessage) -> bool:
        """Raises what smtplib raises, and BadHeaderError for a header of several lines."""
        if not _is_text_with_html(email_message):
            return bool(super()._send(email_message))  # type: ignore[misc]  # unknown to the stubs
        (recipient,) = email_message.to
        local_part, _, domain = recipient.rpartition("@")
        to = f"{local_part}@{punycode(domain)}"
        written_sender, sender = _sender(email_message.from_email)
        self.connection.sendmail(sender, [to], _written(email_message, written_sender, to))
        return True


def _is_text_with_html(message: EmailMessage) -> TypeGuard[EmailMultiAlternatives]:
    return (
        isinstance(message, EmailMultiAlternatives)
        and len(message.alternatives) == 1
        and len(message.recipients()) == len(message.to) == 1
        and not message.attachments
    )


@cache
def _sender(from_email: str) -> tuple[str, str]:
    """Returns the sender as the header has it, and the address alone."""
    name, address = parseaddr(from_email)
    return formataddr((name, address)), address


def _written(message: EmailMultiAlternatives, sender: str, to: str) -> bytes:
    headers = {
        "From": sender,
        "To": to,
        "Subject": str(message.subject),
        "Date": formatdate(),
        **message.extra_headers,
        "MIME-Version": "1.0",
        "Content-Type": f'multipart/alternative; boundary="{BOUNDARY}"',
    }
    html = str(message.alternatives[0][0])
    lines = [_header(name, value) for name, value in headers.items()]
    for subtype, text in (("plain", str(message.body)), ("html", html)):
        lines += [
            "",
            f"--{BOUNDARY}",
            f'Content-Type: text/{subtype}; charset="utf-8"',
            "Content-Transfer-Encoding: quoted-printable",
            "",
            encodestring(text.replace("\r\n", "\n").replace("\n", "\r\n").encode()).decode(),
        ]
    return "\r\n".join([*lines, f"--{BOUNDARY}--", ""]).encode()


def _header(name: str, value: str) -> str:
    if "\n" in value or "\r" in value:
        raise BadHeaderError(f"{name} of a mail has several lines")
    line = f"{name}: {value}"
    if len(line) > LINE or not line.isascii():
        line = f"{name}: " + Header(value, header_name=name).encode(linesep="\r\n")
    return line
