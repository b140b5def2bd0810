"""Limits the mails to an unverified address, as anybody may have entered it.

The mails allowed are counted in the service's database and by its clock, each once however
often it is tried, under a keyed digest of the address.
"""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from mesh.auth.encryption import keyed_digest
from mesh.db.pruning import delete_batches
from mesh.db.sql import lock
from mesh.mail.models import UnverifiedMail

PERIOD = timedelta(hours=1)


@transaction.atomic
def let_through(*, mail_id: UUID, address: str) -> bool:
    """Returns whether this mail may go to the address; once True for a mail, always True."""
    digest = _digest(address)
    lock(f"mail {digest.hex()}")  # so that no two mails take the last place
    if UnverifiedMail.objects.filter(mail_id=mail_id).exists():
        return True
    if has_had_enough(address):
        return False
    UnverifiedMail.objects.create(mail_id=mail_id, recipient=digest)
    return True


def has_had_enough(address: str) -> bool:
    """Returns whether an unverified address would get no mail now."""
    most: int = settings.MAIL_UNVERIFIED_PER_HOUR
    return not most or _lately(_digest(address))[most - 1 : most].exists()


def _lately(digest: bytes) -> QuerySet[UnverifiedMail]:
    since = Now() - PERIOD
    return UnverifiedMail.objects.filter(recipient=digest, create_time__gt=since).order_by(
        "-create_time"
    )


def _digest(address: str) -> bytes:
    return keyed_digest(address.lower(), "unverified recipients")


def prune() -> int:
    """Deletes a batch of those past the period. Returns how many."""
    old = UnverifiedMail.objects.filter(create_time__lt=Now() - PERIOD)
    return delete_batches(old.order_by("create_time"), batch=10_000)
