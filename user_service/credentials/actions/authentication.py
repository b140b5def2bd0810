"""Authentication: who somebody is, by what it knows and has."""

from uuid import UUID

from mesh.core.errors import FieldViolation
from user_service.accounts import passwords
from user_service.accounts.actions import rehash_password
from user_service.accounts.actions.step_up import new_reauthentication
from user_service.accounts.errors import AccountLocked
from user_service.accounts.models import User
from user_service.accounts.queries import unlocked_user, user_by_login
from user_service.credentials import queries
from user_service.credentials.actions.second_factor import pass_second_factor
from user_service.credentials.actions.throttle import (
    ThrottleKey,
    address_keys,
    login_key,
    password_key,
    second_factor_key,
    throttled,
)
from user_service.credentials.errors import (
    CredentialsInvalid,
    PasswordWrong,
    TotpNotEnabled,
    TotpRequired,
)


def authenticate(
    *,
    username: str = "",
    email: str = "",
    password: str,
    totp_code: str = "",
    recovery_code: str = "",
    client_address: str = "",
) -> User:
    """Returns the account of this username or, without one, address, if the secrets are right.

    Raises CredentialsInvalid, after the same time whether or not the account exists; only
    to who knows the password AccountLocked, TotpRequired, TotpCodeInvalid; LoginThrottled.
    """
    user = user_by_login(username=username, email=email)
    keys = address_keys(client_address)
    with throttled(login_key(username=username, email=email), *keys):
        right = passwords.matches(password, user.password_hash if user else "")
        if user is None or not right:
            raise CredentialsInvalid("no account matches this login and password")
        if user.lock_time is not None:
            raise AccountLocked("this account is locked")
    check_second_factor(user.id, *keys, totp_code=totp_code, recovery_code=recovery_code)
    rehash_password(user=user, password=password)
    return user


def check_password(*, user_id: UUID, password: str, field: str) -> User:
    """Returns the signed-in user's account, if the password in `field` is its own.

    Raises UserNotFound, AccountLocked, PasswordWrong, LoginThrottled.
    """
    user = unlocked_user(user_id)
    with throttled(password_key(user_id)):
        if not passwords.matches(password, user.password_hash):
            raise wrong(field)
    return user


def check_second_factor(
    user_id: UUID, *keys: ThrottleKey, totp_code: str = "", recovery_code: str = ""
) -> None:
    """Uses up a code if the account asks for one; failures count at these throttle keys too.

    Raises TotpRequired without a code, TotpCodeInvalid, LoginThrottled.
    """
    if queries.confirmed_device(user_id) is None:
        return
    with throttled(second_factor_key(user_id), *keys):
        pass_second_factor(user_id=user_id, totp_code=totp_code, recovery_code=recovery_code)


def reauthenticate(
    *, user_id: UUID, password: str = "", totp_code: str = "", recovery_code: str = ""
) -> str:
    """Returns a token for one change, for the second factor where there is one, else the password.

    Raises UserNotFound, AccountLocked, TotpRequired, TotpNotEnabled, PasswordWrong,
    TotpCodeInvalid, LoginThrottled.
    """
    user = unlocked_user(user_id)
    enabled = queries.confirmed_device(user_id) is not None
    if password:
        if enabled:
            raise TotpRequired("this account asks for a code of its authenticator")
        check_password(user_id=user_id, password=password, field="password")
    elif not enabled:
        raise TotpNotEnabled("the second factor is off: give the password")
    check_second_factor(user_id, totp_code=totp_code, recovery_code=recovery_code)
    return new_reauthentication(user=user)


def wrong(field: str) -> PasswordWrong:
    """Returns the error that blames this field of the request."""
    return PasswordWrong(
        "this is not the present password",
        violations=[FieldViolation(field, "is not the present password")],
    )
