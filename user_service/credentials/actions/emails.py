import time
from uuid import UUID

from django.db import transaction

from mesh.mail.actions import queue_mail
from user_service.accounts.actions import mark_email_verified
from user_service.accounts.queries import unlocked_user
from user_service.credentials.actions import mailed

MAIL_EVERY_S = 300


@transaction.atomic
def request_verification(*, user_id: UUID) -> None:
    """Owe a mail to verify the account's address with, unless it is verified or just was owed.

    Raises UserNotFound, AccountLocked.
    """
    user = unlocked_user(user_id)
    if not user.email_verified:
        owe_mail("verify_email", user_id=user_id)


def owe_mail(template: str, *, user_id: UUID) -> None:
    """Owe the account a mail of this kind; a repeat within five minutes changes nothing."""
    key = f"{template}:{user_id}:{int(time.time()) // MAIL_EVERY_S}"
    queue_mail(template, user_id=user_id, context={}, dedup_key=key)


@transaction.atomic
def verify_email(*, token: str) -> None:
    """Note that mail to the account's address arrives. Raises MailedTokenInvalid."""
    user = mailed.redeem(token=token, purpose=mailed.VERIFY_EMAIL)
    mark_email_verified(user_id=user.id)
