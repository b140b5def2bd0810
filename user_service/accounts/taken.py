"""Names and addresses that another account has."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import psycopg
from django.db import IntegrityError, transaction

from user_service.accounts.errors import EmailTaken, UsernameTaken

_TAKEN = {
    "accounts_user_username_once": (UsernameTaken, "username"),
    "accounts_user_email_once": (EmailTaken, "address"),
}


@contextmanager
def refusing_taken() -> Iterator[None]:
    """A savepoint in which a value that another account has raises the field's own error.

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
