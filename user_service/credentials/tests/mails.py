"""The mails that are owed, as they arrive."""

import re
from collections.abc import Sequence

from django.core import mail
from django.core.mail import EmailMessage

from mesh.mail.actions import SEND_MAIL
from mesh.outbox.models import Step
from mesh.outbox.runner import run_steps
from user_service.credentials.step_kinds import RESET_PASSWORD


def arrived() -> Sequence[EmailMessage]:
    """Send what is owed; answers all mail that arrived in this test so far, oldest first."""
    owed = Step.objects.filter(state="PENDING", kind__in=[SEND_MAIL, RESET_PASSWORD])
    while due := list(owed.values_list("id", flat=True)):
        run_steps(due)
    return mail.outbox


def token_in(message: EmailMessage) -> str:
    found = re.search(r"^[A-Za-z0-9_-]{64}$", str(message.body), re.MULTILINE)
    assert found, message.body
    return found[0]


def token_for(subject: str) -> str:
    """The token of the newest mail with this subject."""
    return token_in([message for message in arrived() if message.subject == subject][-1])


WELCOME = "Welcome to Marketmesh"
VERIFY = "Verify your address"
RESET = "Set a new password"
NOTICE = "Security notice about your account"
