import secrets
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from mesh.auth.encryption import encrypt, token_digest
from user_service.accounts.notices import Notice, tell_owner
from user_service.accounts.queries import unlocked_user, user_for_update
from user_service.credentials import queries
from user_service.credentials.actions.authentication import check_password
from user_service.credentials.actions.second_factor import (
    PURPOSE,
    pass_second_factor,
    spend_code,
)
from user_service.credentials.actions.throttle import second_factor_key, throttled
from user_service.credentials.errors import TotpAlreadyEnabled, TotpNotEnabled
from user_service.credentials.models import RecoveryCode, TotpDevice
from user_service.credentials.totp import base32, uri_of

SECRET_BYTES = 20  # RFC 4226, 4: R6
RECOVERY_CODES = 10
RECOVERY_BYTES = 10


@dataclass(frozen=True)
class NewSecret:
    secret: str
    uri: str


def begin_totp(*, user_id: UUID, password: str) -> NewSecret:
    """Makes a new secret, in place of one not yet confirmed.

    Raises TotpAlreadyEnabled, and what `check_password` raises.
    """
    user = check_password(user_id=user_id, password=password, field="password")
    secret = secrets.token_bytes(SECRET_BYTES)
    with transaction.atomic():
        user_for_update(user_id)  # so that none is replaced while it is being confirmed
        if queries.confirmed_device(user_id):
            raise TotpAlreadyEnabled("the second factor is on: disable it first")
        TotpDevice.objects.update_or_create(
            user_id=user_id, defaults={"sealed": encrypt(secret, PURPOSE)}
        )
    return NewSecret(base32(secret), uri_of(secret, user.username or ""))


def confirm_totp(*, user_id: UUID, totp_code: str) -> list[str]:
    """Turns the second factor on, notifies the owner, and returns the only copy of the codes.

    Raises UserNotFound, AccountLocked, TotpNotEnabled, TotpCodeInvalid, LoginThrottled.
    """
    unlocked_user(user_id)
    with throttled(second_factor_key(user_id)), transaction.atomic():
        user = user_for_update(user_id)
        device = TotpDevice.objects.filter(user_id=user_id, confirm_time=None).first()
        if device is None:
            raise TotpNotEnabled("no second factor waits to be confirmed")
        spend_code(device, totp_code)
        TotpDevice.objects.filter(user_id=user_id).update(confirm_time=Now())
        tell_owner(user, Notice.TOTP_ENABLED)
        return _new_recovery_codes(user_id)


def disable_totp(*, user_id: UUID, totp_code: str = "", recovery_code: str = "") -> None:
    """Turns the second factor off, and notifies the owner.

    Raises UserNotFound, AccountLocked, TotpNotEnabled, TotpCodeInvalid, LoginThrottled.
    """
    user = unlocked_user(user_id)
    if queries.confirmed_device(user_id) is None:
        raise TotpNotEnabled("the second factor is off")
    with throttled(second_factor_key(user_id)), transaction.atomic():
        pass_second_factor(user_id=user_id, totp_code=totp_code, recovery_code=recovery_code)
        TotpDevice.objects.filter(user_id=user_id).delete()
        RecoveryCode.objects.filter(user_id=user_id).delete()
        tell_owner(user, Notice.TOTP_DISABLED)


def _new_recovery_codes(user_id: UUID) -> list[str]:
    codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.filter(user_id=user_id).delete()
    RecoveryCode.objects.bulk_create(
        RecoveryCode(user_id=user_id, digest=token_digest(code)) for code in codes
    )
    return codes


def _recovery_code() -> str:
    letters = base32(secrets.token_bytes(RECOVERY_BYTES))
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))
