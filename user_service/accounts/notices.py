"""Tells an account's owner that something changed which a thief would change too."""

from enum import StrEnum

from django.utils.translation import gettext_noop

from mesh.core.ids import uuid7
from mesh.mail.actions import queue_mail
from mesh.mail.recipients import Recipient
from user_service.accounts.models import User


class Notice(StrEnum):
    """What happened, as an English mail says it: no word of it is a user's."""

    EMAIL_CHANGE_REQUESTED = gettext_noop(
        "another address was asked for. This one stays yours until the other one is verified."
    )
    EMAIL_CHANGED = gettext_noop("its address was changed. This one is no longer used for it.")
    PASSWORD_CHANGED = gettext_noop("its password was changed, and all its sessions have ended.")
    TOTP_ENABLED = gettext_noop("signing in now takes a code of an authenticator too.")
    TOTP_DISABLED = gettext_noop("signing in no longer takes a code of an authenticator.")
    ACCOUNT_ERASED = gettext_noop(
        "it was erased, with all that we knew of you. This is our last mail."
    )


def tell_owner(user: User, notice: Notice) -> None:
    """Queues the notice to the address that the account has before the change."""
    queue_mail(
        "security_notice",
        user_id=user.id,
        context={"what": str(notice)},
        dedup_key=f"security_notice:{uuid7()}",
        to=Recipient(
            user.email or "", full_name="", verified=user.email_verified, locale=user.locale
        ),
    )
