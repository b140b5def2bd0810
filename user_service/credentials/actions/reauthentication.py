from uuid import UUID

from user_service.accounts.actions.step_up import new_reauthentication
from user_service.accounts.queries import unlocked_user
from user_service.credentials import queries
from user_service.credentials.actions.authentication import check_password, check_second_factor
from user_service.credentials.errors import TotpNotEnabled, TotpRequired


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
