from dataclasses import dataclass
from uuid import UUID

from mesh.mail.models import Mail
from user_service.accounts.models import User
from user_service.accounts.queries import user
from user_service.credentials.queries import confirmed_device
from user_service.sessions.models import Session
from user_service.sessions.queries import sessions_of

# What fits a message, with room for a page of orders.
MOST_OF_A_KIND = 5_000


@dataclass(frozen=True)
class Held:
    user: User
    totp_enabled: bool
    sessions: list[Session]
    mails: list[Mail]


def held_about(user_id: UUID, *, first_page: bool) -> Held:
    """Returns what this service keeps about a person; lists on the first page only.

    Raises UserNotFound.
    """
    most = MOST_OF_A_KIND if first_page else 0
    return Held(
        user=user(user_id),
        totp_enabled=confirmed_device(user_id) is not None,
        sessions=list(sessions_of(user_id)[:most]),
        mails=list(Mail.objects.filter(user_id=user_id).order_by("-id")[:most]),
    )
