"""What callers are told of the database's errors, as Django raises them from psycopg's."""

import psycopg
import pytest
from django.db import DatabaseError, NotSupportedError, OperationalError

from mesh.core.errors import DeadlineExceeded, Unavailable
from mesh.rpc.interceptors.database import error_for_caller


def raised(error: type[DatabaseError], cause: type[psycopg.Error] | None) -> DatabaseError:
    made = error("detail")
    made.__cause__ = cause("detail") if cause else None
    return made


@pytest.mark.parametrize(
    ("error", "known", "detail"),
    [
        (raised(OperationalError, psycopg.errors.DeadlockDetected), Unavailable, "busy"),
        (raised(OperationalError, psycopg.errors.SerializationFailure), Unavailable, "busy"),
        (raised(NotSupportedError, psycopg.errors.FeatureNotSupported), Unavailable, "changed"),
        (raised(OperationalError, psycopg.errors.QueryCanceled), DeadlineExceeded, "in time"),
        (raised(OperationalError, psycopg.errors.AdminShutdown), Unavailable, "unavailable"),
        (raised(OperationalError, None), Unavailable, "unavailable"),
    ],
)
def test_errors_that_the_caller_may_retry(
    error: DatabaseError, known: type[Exception], detail: str
) -> None:
    told = error_for_caller(error)
    assert isinstance(told, known)
    assert detail in str(told)


def test_psycopg_derives_each_error_as_the_cases_above_have_it() -> None:
    assert issubclass(psycopg.errors.DeadlockDetected, psycopg.OperationalError)
    assert issubclass(psycopg.errors.SerializationFailure, psycopg.OperationalError)
    assert issubclass(psycopg.errors.QueryCanceled, psycopg.OperationalError)
    assert issubclass(psycopg.errors.FeatureNotSupported, psycopg.NotSupportedError)


def test_an_error_of_our_own_statements_stays_as_it_is() -> None:
    error = raised(DatabaseError, psycopg.errors.SyntaxError)
    assert error_for_caller(error) is error
