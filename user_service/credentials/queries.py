from uuid import UUID

from django.db.models.functions import Now

from user_service.credentials.errors import MailedTokenInvalid
from user_service.credentials.mailed_tokens import id_in, is_good
from user_service.credentials.models import MailedToken, TotpDevice


def live_token(token: str, purpose: MailedToken.Purpose) -> MailedToken:
    """The row of a token that can still be used, with its account.

    Raises MailedTokenInvalid, the same for whatever is wrong with it.
    """
    row = (
        MailedToken.objects.select_related("user")
        .filter(id=id_in(token), purpose=purpose, used_time=None, expire_time__gt=Now())
        .first()
    )
    if row is None or not is_good(token, row, row.user.email or ""):
        raise MailedTokenInvalid("this token is not good, or not any more")
    return row


def confirmed_device(user_id: UUID) -> TotpDevice | None:
    """The authenticator that sign-ins of the account ask for, if they do."""
    return TotpDevice.objects.filter(user_id=user_id, confirm_time__isnull=False).first()
