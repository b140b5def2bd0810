"""The outbox step that sends a mail; a service lists it in its OUTBOX_STEPS."""

from smtplib import SMTPRecipientsRefused

import structlog
from django.db.models.functions import Now

from mesh.mail.message import message_of
from mesh.mail.models import Mail
from mesh.mail.recipients import recipient_of
from mesh.outbox.steps import StepContext

log = structlog.get_logger("mail")


def send_mail(step: StepContext) -> None:
    """Hand one mail to the SMTP server, and mark it SENT together with the step.

    DROPPED when the account is gone, or the server refuses its address for good. Whatever
    else goes wrong is raised, for the outbox to try again.
    """
    mail = Mail.objects.get(dedup_key=step.payload["mail"])
    if mail.state != Mail.State.QUEUED:
        return
    recipient = recipient_of(mail.user_id)
    if recipient is None:
        return _drop(step, mail, "account_gone")
    try:
        message_of(mail, recipient).send()
    except SMTPRecipientsRefused as error:
        if any(code < 500 for code, _ in error.recipients.values()):
            raise
        return _drop(step, mail, "address_refused")
    with step.finishing():
        mail.state, mail.sent_time = Mail.State.SENT, Now()
        mail.save(update_fields=["state", "sent_time"])


def _drop(step: StepContext, mail: Mail, why: str) -> None:
    with step.finishing():
        mail.state = Mail.State.DROPPED
        mail.save(update_fields=["state"])
    log.warning("mail_dropped", mail_id=str(mail.id), template=mail.template, why=why)
