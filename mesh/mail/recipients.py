"""Who a mail goes to: each service says how it finds out."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string


@dataclass(frozen=True, slots=True)
class Recipient:
    address: str
    full_name: str


@cache
def _lookup() -> Callable[[UUID], Recipient | None]:
    """The function named by the setting MAIL_RECIPIENT, resolved once."""
    found: Callable[[UUID], Recipient | None] = import_string(settings.MAIL_RECIPIENT)
    return found


def recipient_of(user_id: UUID) -> Recipient | None:
    """Where a user's mail goes now; None when the account is gone."""
    return _lookup()(user_id)
