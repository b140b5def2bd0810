"""Tokens in mails: made when the mail is sent, taken once."""

from collections.abc import Mapping
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from mesh.db.pruning import delete_batches
from mesh.mail.models import Mail
from mesh.mail.recipients import Recipient
from user_service.accounts.models import User
from user_service.credentials import queries
from user_service.credentials.email_token_signing import token_of
from user_service.credentials.models import MailedToken
from user_service.credentials.queries import LiveToken

VERIFY_EMAIL, RESET_PASSWORD = MailedToken.Purpose
LASTS = {VERIFY_EMAIL: timedelta(days=1), RESET_PASSWORD: timedelta(hours=1)}
PURPOSE_OF = {
    "welcome": VERIFY_EMAIL,
    "verify_email": VERIFY_EMAIL,
    "reset_password": RESET_PASSWORD,
}
PAGE_OF = {VERIFY_EMAIL: "verify-email", RESET_PASSWORD: "reset-password"}


def context_of(mail: Mail, recipient: Recipient) -> Mapping[str, str]:
    """Returns the token for a mail that carries one, and a link to the page for it.

    Good from now on; the same if the mail is made again, and then for no second use. The
    link has it in the fragment, which browsers keep out of requests and so out of logs.
    """
    purpose = PURPOSE_OF.get(mail.template)
    if purpose is None:
        return {}
    row = MailedToken(
        id=mail.id, user_id=mail.user_id, purpose=purpose, expire_time=Now() + LASTS[purpose]
    )
    MailedToken.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["id"], update_fields=["expire_time"]
    )
    token, pages = token_of(row, recipient.address), settings.ACCOUNT_PAGES_URL
    return {"token": token, "link": f"{pages}/{PAGE_OF[purpose]}#token={token}" if pages else ""}


@transaction.atomic
def redeem(*, token: str, purpose: MailedToken.Purpose) -> LiveToken:
    """Uses a token up; its account is locked. Of several at once one does.

    Raises MailedTokenInvalid.
    """
    user = queries.live_token(token, purpose).user
    User.objects.select_for_update().get(id=user.id)
    live = queries.live_token(token, purpose)  # still, now that nobody else can use it
    MailedToken.objects.filter(id=live.id).update(used_time=Now())
    return live


def revoke_all(*, user: User, purpose: MailedToken.Purpose) -> None:
    """Revokes all unused tokens of this purpose that were sent to the account."""
    user.mailed_tokens.filter(purpose=purpose, used_time=None).update(used_time=Now())


def prune() -> int:
    """Deletes a batch of the tokens that expired; returns how many."""
    return delete_batches(MailedToken.objects.filter(expire_time__lt=Now()).order_by("expire_time"))
