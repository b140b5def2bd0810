"""The outbox step that sends a mail; a service lists it in its `wiring.py`."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from smtplib import SMTPRecipientsRefused, SMTPResponseException

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from mesh.core.errors import Unavailable
from mesh.core.failpoints import failpoint
from mesh.db.sql import row
from mesh.mail.limits import let_through
from mesh.mail.message import message_of
from mesh.mail.models import Mail
from mesh.mail.recipients import recipient_for
from mesh.outbox.steps import StepContext
from mesh.telemetry import tracing
from mesh.telemetry.metrics import MAIL_DURATION
from mesh.telemetry.spans import Attributes, Kind

log = structlog.get_logger("mail")

# Mails come by the thousand: composed by the ORM, these two would be a quarter of a step.
_QUEUED = """
    SELECT id, user_id, template, context::text, sealed_recipient
    FROM mail_mail WHERE dedup_key = %s AND state = 'QUEUED'
"""
_SENT = """
    UPDATE mail_mail SET state = 'SENT', sent_time = now(), sealed_recipient = ''
    FROM finished WHERE mail_mail.id = %s
"""


def send_mail(step: StepContext) -> None:
    """Hands one mail to the SMTP server, and marks the mail SENT together with the step.

    The mail is DROPPED and its context deleted when the account is gone, when an unverified
    address got too many mails lately, or when the server refuses the address for good. Any
    other error is raised, for the outbox to retry. Raises Unavailable while the server is away.
    """
    mail = _queued(step.payload["mail"])
    if mail is None:
        return
    recipient = recipient_for(mail)
    if recipient is None:
        return _drop(step, mail, "account_gone")
    if not recipient.verified and not let_through(mail_id=mail.id, address=recipient.address):
        return _drop(step, mail, "too_many_to_unverified_address")
    if not _sent(mail, message_of(mail, recipient), step.batch.shared(_server)):
        return _drop(step, mail, "address_refused")
    failpoint("mail.sent")
    step.finish_with(_SENT, mail.id)
    log.info("mail_sent", mail_id=str(mail.id), template=mail.template)


def _queued(dedup_key: str) -> Mail | None:
    found = row(_QUEUED, [dedup_key])
    if found is None:
        return None
    mail_id, user_id, template, context, sealed_recipient = found
    return Mail(
        id=mail_id,
        user_id=user_id,
        template=template,
        context=json.loads(context),
        sealed_recipient=sealed_recipient,
    )


@contextmanager
def _server() -> Iterator[BaseEmailBackend]:
    """Yields the connection that all mails of a batch share; the first mail opens it."""
    server = get_connection()
    try:
        yield server
    finally:
        _close(server)


def _close(server: BaseEmailBackend) -> None:
    with suppress(OSError):  # the connection broke; what was sent is sent
        server.close()


def _sent(mail: Mail, message: EmailMultiAlternatives, server: BaseEmailBackend) -> bool:
    """Returns False when the server refuses the address for good.

    Raises Unavailable when the server may take the mail later.
    """
    try:
        _hand_over(mail, message, server)
    except SMTPRecipientsRefused as error:
        if all(code >= 500 for code, _ in error.recipients.values()):
            return False
        raise Unavailable("the mail server takes no mail now") from error
    except SMTPResponseException as error:
        if error.smtp_code >= 500:
            raise
        raise Unavailable("the mail server takes no mail now") from error
    except OSError as error:
        raise Unavailable("the mail server is away") from error
    return True


def _hand_over(mail: Mail, message: EmailMultiAlternatives, server: BaseEmailBackend) -> None:
    started, outcome = time.perf_counter(), "failed"
    attributes: Attributes = {
        "network.protocol.name": "smtp",
        "server.address": settings.EMAIL_HOST,
        "server.port": settings.EMAIL_PORT,
        "mail.id": str(mail.id),
        "mail.template": mail.template,
    }
    with tracing.span("SMTP send", Kind.CLIENT, attributes) as span:
        try:
            server.open()  # one that sending opened would be closed by it again
            server.send_messages([message])
            outcome = "sent"
        except Exception as error:
            span.fail(type(error).__qualname__)
            _close(server)
            raise
        finally:
            MAIL_DURATION.labels(mail.template, outcome).observe(time.perf_counter() - started)


def _drop(step: StepContext, mail: Mail, why: str) -> None:
    with step.finishing():
        Mail.objects.filter(id=mail.id).update(
            state=Mail.State.DROPPED, context={}, sealed_recipient=""
        )
    log.warning("mail_dropped", mail_id=str(mail.id), template=mail.template, why=why)
