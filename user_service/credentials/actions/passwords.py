from uuid import UUID

from django.db import transaction

from mesh.core.ids import uuid7
from mesh.outbox.actions import enqueue
from user_service.accounts import passwords
from user_service.accounts.actions import set_password
from user_service.accounts.mail_limits import VERIFY_EMAIL, has_had_enough
from user_service.accounts.models import User
from user_service.accounts.queries import user_by_login, user_for_update
from user_service.credentials import queries
from user_service.credentials.actions import email_tokens
from user_service.credentials.actions.authentication import (
    check_password,
    check_second_factor,
    wrong,
)
from user_service.credentials.actions.emails import enqueue_mail
from user_service.credentials.actions.throttle import (
    address_keys,
    count_try,
    login_key,
    password_key,
    reset,
)
from user_service.credentials.step_kinds import RESET_PASSWORD


def change_password(
    *,
    user_id: UUID,
    old_password: str,
    new_password: str,
    totp_code: str = "",
    recovery_code: str = "",
) -> None:
    """Sets the new password, and ends all sessions; of several at once one does.

    Raises PasswordTooWeak, and what `check_password` and `check_second_factor` raise.
    """
    user = check_password(user_id=user_id, password=old_password, field="old_password")
    password_hash = passwords.hashed_for(user, new_password, field="new_password")
    check_second_factor(user_id, totp_code=totp_code, recovery_code=recovery_code)
    with transaction.atomic():
        if user_for_update(user_id).password_hash != user.password_hash:
            raise wrong("old_password")
        _set(user, password_hash)


def request_reset(*, username: str = "", email: str = "", client_address: str = "") -> None:
    """Enqueues, for the account if there is one, a mail to set a new password with.

    What is done is the same if there is none: a step for nobody. Raises LoginThrottled.
    """
    count_try(address_keys(client_address))
    user = user_by_login(username=username, email=email)
    user_id = user.id if user else uuid7()
    with transaction.atomic():
        enqueue(RESET_PASSWORD, {"user_id": str(user_id)}, key=f"{RESET_PASSWORD}:{user_id}")


@transaction.atomic
def mail_reset(*, user_id: UUID) -> None:
    """Queues the mail that a step for `request_reset` asks for, if the account exists.

    To an address that nobody verified it is one to verify it with: who never showed that the
    address is theirs must not set a password by it.
    """
    user = User.objects.select_for_update().filter(id=user_id, erased_time=None).first()
    if user is None:
        return
    template = RESET_PASSWORD if user.email_verified else VERIFY_EMAIL
    if not has_had_enough(user, template):
        enqueue_mail(template, user=user)


def confirm_reset(*, token: str, password: str) -> None:
    """Sets the new password, ends all sessions, and resets the throttle.

    Raises MailedTokenInvalid, PasswordTooWeak; the token stays good after the latter.
    """
    user = queries.live_token(token, email_tokens.RESET_PASSWORD).user
    password_hash = passwords.hashed_for(user, password)
    with transaction.atomic():
        _set(
            email_tokens.redeem(token=token, purpose=email_tokens.RESET_PASSWORD).user,
            password_hash,
        )
    logins = {"username": user.username or ""}, {"email": user.email or ""}
    reset([password_key(user.id), *(login_key(**login) for login in logins)])


def _set(user: User, password_hash: str) -> None:
    set_password(user_id=user.id, password_hash=password_hash)
    email_tokens.revoke_all(user=user, purpose=email_tokens.RESET_PASSWORD)
