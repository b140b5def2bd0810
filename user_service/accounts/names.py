"""Usernames and addresses that nobody can take: another account's, or reserved ones."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import psycopg
from django.db import IntegrityError, transaction

from user_service.accounts.errors import EmailTaken, UsernameTaken

# Usernames that speak for the market.
RESERVED = frozenset(
    "abuse account accounts admin administrator administration all anonymous api billing bot ceo"
    " contact customerservice daemon everyone help helpdesk hostmaster info mail mailerdaemon"
    " marketmesh me moderator nobody noreply null official operator order orders owner payment"
    " payments postmaster root sales security self staff superuser support sysadmin system team"
    " undefined user users webmaster".split()
)
_SEPARATORS = str.maketrans("", "", "_.-")
_TAKEN = {
    "accounts_user_username_once": (UsernameTaken, "username"),
    "accounts_user_email_once": (EmailTaken, "address"),
}


@contextmanager
def refusing_taken() -> Iterator[None]:
    """Raises the field's own error for a value that another account has.

    The database decides, so that of two who want one name at once exactly one gets it.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        constraint = cast(psycopg.Error, error.__cause__).diag.constraint_name
        if constraint not in _TAKEN:
            raise
        taken, what = _TAKEN[constraint]
        raise taken(f"another account has this {what}") from error


def refuse_reserved(username: str) -> None:
    """Raises UsernameTaken, however the name is cased or separated, as in `Ad.min`."""
    if username.lower().translate(_SEPARATORS) in RESERVED:
        raise UsernameTaken("this username is reserved")
