"""Maps errors of the database: away is UNAVAILABLE, too slow is DEADLINE_EXCEEDED.

A broken connection is closed before each call, so that it fails one call at most.
"""

from typing import Any

import grpc
import psycopg
from django.db import (
    DatabaseError,
    InterfaceError,
    OperationalError,
    close_old_connections,
)
from django_grpc_framework.signals import grpc_request_finished, grpc_request_started

from mesh.contract.model import Method
from mesh.core.errors import DeadlineExceeded, Unavailable
from mesh.rpc.interceptors.chain import Handler

_RETRIED_BY_THE_CALLER = (
    psycopg.errors.SerializationFailure,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.FeatureNotSupported,  # the prepared statement is of an older schema
)
# django-grpc-framework does it too, but later than interceptors need the database; twice a
# call, each connection would be checked twice.
grpc_request_started.disconnect(close_old_connections)
grpc_request_finished.disconnect(close_old_connections)


def database(method: Method, call_next: Handler) -> Handler:
    def handle(request: Any, context: grpc.ServicerContext) -> Any:
        close_old_connections()
        try:
            return call_next(request, context)
        except (DatabaseError, InterfaceError) as error:
            told = translated(error)
            if told is error:
                raise
            raise told from error
        finally:
            close_old_connections()

    return handle


def translated(error: Exception) -> Exception:
    """Returns what the caller is told of an error of the database; every other error as it is."""
    match error:
        case OperationalError() if isinstance(error.__cause__, psycopg.errors.QueryCanceled):
            return DeadlineExceeded("the database did not answer in time")
        case OperationalError() | InterfaceError():
            return Unavailable("the database is unavailable")
        case DatabaseError() if isinstance(error.__cause__, _RETRIED_BY_THE_CALLER):
            return Unavailable("the database is busy")
    return error
