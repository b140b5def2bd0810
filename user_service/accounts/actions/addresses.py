"""An account's address: the next one waits until mail to it has been shown to arrive."""

from uuid import UUID

from django.db import transaction

from mesh.auth.access import Caller
from mesh.mail.actions import queue_mail
from mesh.mail.recipients import Recipient
from user_service.accounts import queries
from user_service.accounts.actions.step_up import use_reauthentication
from user_service.accounts.errors import EmailTaken, OwnerOnly
from user_service.accounts.mail_limits import VERIFY_EMAIL, require_room
from user_service.accounts.models import User
from user_service.accounts.names import refusing_taken
from user_service.accounts.notices import Notice, tell_owner


def ask_for_address(*, user: User, address: str, by: Caller, reauthentication_token: str) -> None:
    """Queues the mails to the new address and to the present one, in the caller's transaction.

    Only its owner names an account's address, as who reads the mail there can set a new
    password. Raises OwnerOnly, ReauthenticationRequired, EmailTaken, MailLimitReached.
    """
    if by.user_id != str(user.id):
        raise OwnerOnly("only its owner gives an account another address")
    use_reauthentication(by=by, token=reauthentication_token)
    if queries.is_address_of_another(address, user.id):
        raise EmailTaken("another account has this address")
    require_room(user, address)
    queue_mail(
        VERIFY_EMAIL,
        user_id=user.id,
        context={},
        dedup_key=f"{VERIFY_EMAIL}:{user.id}:{user.version}",
        to=Recipient(address, full_name="", verified=False, locale=user.locale),
    )
    tell_owner(user, Notice.EMAIL_CHANGE_REQUESTED)


@transaction.atomic
def mark_email_verified(*, user_id: UUID, address: str) -> None:
    """Marks the address as verified: the account's own, or the pending one.

    The latter takes the place of the former, which is told. A repeat changes nothing.
    Raises UserNotFound, EmailTaken.
    """
    user = queries.user_for_update(user_id)
    if address == user.pending_email:
        tell_owner(user, Notice.EMAIL_CHANGED)
        with refusing_taken():
            user.save_as_next_version(email=address, pending_email=None, email_verified=True)
    elif not user.email_verified:
        user.save_as_next_version(email_verified=True)
