"""Using up the codes of authenticators, and those for when one is lost."""

import time
from uuid import UUID

from mesh.auth.encryption import decrypt, token_digest
from user_service.credentials import queries
from user_service.credentials.errors import TotpCodeInvalid, TotpRequired
from user_service.credentials.models import RecoveryCode, TotpDevice
from user_service.credentials.totp import step_of

PURPOSE = "authenticator secrets at rest"


def pass_second_factor(*, user_id: UUID, totp_code: str = "", recovery_code: str = "") -> None:
    """Uses up a code if the account asks for one; of several uses at once one gets through.

    Raises TotpRequired without a code, TotpCodeInvalid.
    """
    device = queries.confirmed_device(user_id)
    if device is None:
        return
    if recovery_code:
        _spend_recovery(user_id, recovery_code)
    elif totp_code:
        spend_code(device, totp_code)
    else:
        raise TotpRequired("a code of the authenticator, or a recovery code, is needed too")


def spend_code(device: TotpDevice, code: str) -> None:
    """Uses up the authenticator's code, and all earlier ones. Raises TotpCodeInvalid."""
    step = step_of(decrypt(device.sealed, PURPOSE), code, time.time())
    unused = TotpDevice.objects.filter(user_id=device.user_id, last_step__lt=step or 0)
    if not unused.update(last_step=step or 0):
        raise TotpCodeInvalid("this code is wrong, too old, or used before")


def _spend_recovery(user_id: UUID, code: str) -> None:
    left = RecoveryCode.objects.filter(user_id=user_id, digest=token_digest(code))
    if not left.delete()[0]:
        raise TotpCodeInvalid("this code is wrong, or used before")
