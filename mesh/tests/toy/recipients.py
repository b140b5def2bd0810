from uuid import UUID

from mesh.mail.recipients import Recipient

SOMEBODY = UUID(int=1)
ACCOUNTS = {SOMEBODY: Recipient("somebody@example.org", "Somebody", verified=True)}


def recipient(user_id: UUID) -> Recipient | None:
    return ACCOUNTS.get(user_id)
