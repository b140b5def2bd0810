"""Tells an account's owner that something changed which a thief would change too."""

from enum import StrEnum

from mesh.core.ids import uuid7
from mesh.mail.actions import queue_mail
from mesh.mail.recipients import Recipient
from user_service.accounts.models import User


class Notice(StrEnum):
    """What happened, as the mail says it: no word of it is a user's."""

    EMAIL_CHANGE_REQUESTED = (
        "another address was asked for. This one stays yours until the other one is verified."
    )
    EMAIL_CHANGED = "its address was changed. This one is no longer used for it."
    PASSWORD_CHANGED = "its password was changed, and all its sessions have ended."  # noqa: S105
    TOTP_ENABLED = "signing in now takes a code of an authenticator too."
    TOTP_DISABLED = "signing in no longer takes a code of an authenticator."
    ACCOUNT_ERASED = "it was erased, with all that we knew of you. This is our last mail."


def tell_owner(user: User, notice: Notice) -> None:
    """Queues the notice to the address that the account has before the change."""
    queue_mail(
        "security_notice",
        user_id=user.id,
        context={"what": str(notice)},
        dedup_key=f"security_notice:{uuid7()}",
        to=Recipient(user.email or "", full_name="", verified=user.email_verified),
    )
