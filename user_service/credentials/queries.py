from dataclasses import dataclass
from uuid import UUID

from django.db.models.functions import Now

from user_service.accounts.models import User
from user_service.credentials.email_token_signing import id_in, is_good
from user_service.credentials.errors import MailedTokenInvalid
from user_service.credentials.models import MailedToken, TotpDevice


@dataclass(frozen=True)
class LiveToken:
    """The id of a token that can still be used, its account, and where it was sent."""

    id: UUID
    user: User
    address: str


def live_token(token: str, purpose: MailedToken.Purpose) -> LiveToken:
    """Raises MailedTokenInvalid, the same for whatever is wrong with the token."""
    row = (
        MailedToken.objects.select_related("user")
        .filter(id=id_in(token), purpose=purpose, used_time=None, expire_time__gt=Now())
        .first()
    )
    if row is not None:
        for address in _addresses(row.user, purpose):
            if is_good(token, row, address):
                return LiveToken(row.id, row.user, address)
    raise MailedTokenInvalid("this token is not good, or not any more")


def _addresses(user: User, purpose: MailedToken.Purpose) -> list[str]:
    """Returns where a token of this purpose must have been sent to be good now."""
    if purpose == MailedToken.Purpose.VERIFY_EMAIL:
        return [address for address in (user.email, user.pending_email) if address]
    return [user.email] if user.email and user.email_verified else []


def confirmed_device(user_id: UUID) -> TotpDevice | None:
    """Returns the authenticator that sign-ins of the account ask for, if they do."""
    return TotpDevice.objects.filter(user_id=user_id, confirm_time__isnull=False).first()
