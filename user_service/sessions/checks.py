"""What the service's doctor looks at: the private halves of the signing keys."""

from collections.abc import Iterator

from django.db import DatabaseError

from mesh.auth.encryption import DecryptionError
from mesh.checks.findings import Finding, failed, ok
from user_service.sessions.keys import opened
from user_service.sessions.models import SigningKey


def signing_keys() -> Iterator[Finding]:
    """Checks whether they can be read; a server makes them when there are none."""
    try:
        kept = list(SigningKey.objects.order_by("state"))
    except DatabaseError:
        return  # which the database's check tells
    closed = [key.kid for key in kept if not _opens(key)]
    for kid in closed:
        yield failed(
            f"signing key {kid} can't be read: USER_SECRET_KEY is not the one it was sealed under",
            "give USER_SECRET_KEY its former value",
        )
    if not closed:
        yield ok(f"{len(kept)} signing keys can be read")


def _opens(key: SigningKey) -> bool:
    try:
        opened(key.sealed)
    except DecryptionError:
        return False
    return True
