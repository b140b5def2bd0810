import time
from uuid import UUID

from django.db import transaction

from mesh.mail.actions import queue_mail
from mesh.mail.recipients import Recipient
from user_service.accounts.actions import mark_email_verified
from user_service.accounts.mail_limits import VERIFY_EMAIL, require_room
from user_service.accounts.models import User
from user_service.accounts.queries import unlocked_user, user_for_update
from user_service.credentials.actions import email_tokens

MAIL_EVERY_S = 300


@transaction.atomic
def request_verification(*, user_id: UUID) -> None:
    """Queues a mail to verify the pending address, or else the account's own.

    None when there is nothing to verify, or one was just queued. Raises UserNotFound,
    AccountLocked, MailLimitReached.
    """
    unlocked_user(user_id)
    user = user_for_update(user_id)
    if user.pending_email or not user.email_verified:
        require_room(user, user.pending_email or user.email or "")
        enqueue_mail(VERIFY_EMAIL, user=user)


def enqueue_mail(template: str, *, user: User) -> None:
    """Queues a mail of this kind for the account; a repeat within five minutes changes nothing."""
    waiting = user.pending_email if template == VERIFY_EMAIL else None
    queue_mail(
        template,
        user_id=user.id,
        context={},
        dedup_key=f"{template}:{user.id}:{int(time.time()) // MAIL_EVERY_S}",
        to=Recipient(waiting, full_name="", verified=False, locale=user.locale)
        if waiting
        else None,
    )


@transaction.atomic
def verify_email(*, token: str) -> None:
    """Marks the address as verified to which the token was sent.

    Raises MailedTokenInvalid, EmailTaken.
    """
    live = email_tokens.redeem(token=token, purpose=email_tokens.VERIFY_EMAIL)
    mark_email_verified(user_id=live.user.id, address=live.address)
