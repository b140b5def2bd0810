"""The outbox step that sends a mail; a service lists it in its OUTBOX_STEPS."""

from smtplib import SMTPRecipientsRefused, SMTPResponseException

import structlog
from django.core.mail import EmailMessage
from django.db.models.functions import Now

from mesh.errors import Unavailable
from mesh.mail.message import message_of
from mesh.mail.models import Mail
from mesh.mail.recipients import recipient_of
from mesh.outbox.steps import StepContext

log = structlog.get_logger("mail")


def send_mail(step: StepContext) -> None:
    """Hand one mail to the SMTP server, and mark it SENT together with the step.

    DROPPED when the account is gone, or the server refuses its address for good. Whatever
    else goes wrong is raised, for the outbox to try again; Unavailable while the server is
    away.
    """
    mail = Mail.objects.get(dedup_key=step.payload["mail"])
    if mail.state != Mail.State.QUEUED:
        return
    recipient = recipient_of(mail.user_id)
    if recipient is None:
        return _drop(step, mail, "account_gone")
    if not _sent(message_of(mail, recipient)):
        return _drop(step, mail, "address_refused")
    with step.finishing():
        mail.state, mail.sent_time = Mail.State.SENT, Now()
        mail.save(update_fields=["state", "sent_time"])


def _sent(message: EmailMessage) -> bool:
    """False when the server refuses the address for good. Raises Unavailable for "later"."""
    try:
        message.send()
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


def _drop(step: StepContext, mail: Mail, why: str) -> None:
    with step.finishing():
        mail.state = Mail.State.DROPPED
        mail.save(update_fields=["state"])
    log.warning("mail_dropped", mail_id=str(mail.id), template=mail.template, why=why)
