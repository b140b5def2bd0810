"""What is done to accounts."""

from user_service.accounts.actions.accounts import (
    grant_scopes,
    lock_user,
    open_staff_account,
    register_user,
    rehash_password,
    set_password,
    unlock_user,
    update_user,
)
from user_service.accounts.actions.addresses import mark_email_verified
from user_service.accounts.actions.erase import erase_user

__all__ = [
    "erase_user",
    "grant_scopes",
    "lock_user",
    "mark_email_verified",
    "open_staff_account",
    "register_user",
    "rehash_password",
    "set_password",
    "unlock_user",
    "update_user",
]
