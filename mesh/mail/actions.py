from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import Q
from psycopg.types.json import Jsonb

from mesh.core.ids import uuid7
from mesh.db.sql import execute
from mesh.mail.models import Mail
from mesh.mail.recipients import Recipient, sealed_recipient
from mesh.outbox.actions import enqueue

SEND_MAIL = "send_mail"
_QUEUE = """
    INSERT INTO mail_mail (id, dedup_key, user_id, template, context, sealed_recipient, state)
    VALUES (%(mail_id)s, %(dedup_key)s, %(user_id)s, %(template)s, %(context)s,
        %(sealed_recipient)s, 'QUEUED')
    ON CONFLICT (dedup_key) DO NOTHING
"""


def queue_mail(
    template: str,
    *,
    user_id: UUID,
    context: Mapping[str, Any],
    dedup_key: str,
    to: Recipient | None = None,
) -> None:
    """Queues a mail to a user, as part of the current transaction.

    It goes to the user's address as of when it is sent or, whatever becomes of the account,
    `to` another. A repeat of the `dedup_key` changes nothing. Neither it nor `context` holds
    personal data. Raises NotInTransaction.
    """
    values = {
        "mail_id": uuid7(),
        "dedup_key": dedup_key,
        "user_id": user_id,
        "template": template,
        "context": Jsonb(dict(context)),
        "sealed_recipient": sealed_recipient(to) if to else "",
    }
    if execute(_QUEUE, values):
        enqueue(SEND_MAIL, {"mail": dedup_key}, key=f"mail:{dedup_key}")


def forget_contexts(*, user_id: UUID) -> None:
    """Erases the content and recipients of the mails to a user; keeps that they were queued.

    For when the account is gone: none of them will be sent any more.
    """
    said = ~Q(context={}) | ~Q(sealed_recipient="")
    Mail.objects.filter(said, user_id=user_id).update(context={}, sealed_recipient="")
