"""Fresh proof of who acts, so that a stolen access token does not take an account over.

Source: RFC 9470; OWASP ASVS, "re-authentication before changes of sensitive attributes".
"""

import secrets
from datetime import timedelta

from django.db.models import F
from django.db.models.functions import Now

from mesh.auth.access import Caller
from mesh.auth.encryption import token_digest
from mesh.db.pruning import delete_batches
from user_service.accounts.errors import ReauthenticationRequired
from user_service.accounts.models import Reauthentication, User

GOOD_FOR = timedelta(minutes=2)
TOKEN_BYTES = 32


def new_reauthentication(*, user: User) -> str:
    """Returns a token for one change by the account's owner, who has just proved who it is."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    Reauthentication.objects.create(
        digest=token_digest(token),
        user=user,
        # As read with the password: one changed since then makes it worthless right away.
        token_version=user.token_version,
        expire_time=Now() + GOOD_FOR,
    )
    return token


def use_reauthentication(*, by: Caller, token: str) -> None:
    """Uses up the caller's token, in the transaction of the change; of several at once one does.

    Raises ReauthenticationRequired.
    """
    good = Reauthentication.objects.filter(
        digest=token_digest(token),
        user_id=by.user_id,
        expire_time__gt=Now(),
        token_version=F("user__token_version"),
    )
    if not good.delete()[0]:
        raise ReauthenticationRequired("prove who you are once more: reauthenticate first")


def prune() -> int:
    """Deletes a batch of the tokens that expired; returns how many."""
    expired = Reauthentication.objects.filter(expire_time__lt=Now())
    return delete_batches(expired.order_by("expire_time"))
