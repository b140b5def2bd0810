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

_BUSY = (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected)
_SCHEMA_CHANGED = psycopg.errors.FeatureNotSupported  # since the statement was prepared
# django-grpc-framework closes old connections too, but later than interceptors need the
# database; twice a call, each connection would be checked twice.
grpc_request_started.disconnect(close_old_connections)
grpc_request_finished.disconnect(close_old_connections)


def database(method: Method, call_next: Handler) -> Handler:
    def handle(request: Any, context: grpc.ServicerContext) -> Any:
        close_old_connections()
        try:
            return call_next(request, context)
        except (DatabaseError, InterfaceError) as error:
            known = error_for_caller(error)
            if known is error:
                raise
            raise known from error
        finally:
            close_old_connections()

    return handle


def error_for_caller(error: Exception) -> Exception:
    """Returns the error that the caller gets for one of the database; any other as it is."""
    match error:
        case OperationalError() if isinstance(error.__cause__, psycopg.errors.QueryCanceled):
            return DeadlineExceeded("the database did not answer in time")
        case DatabaseError() if isinstance(error.__cause__, _BUSY):  # some are OperationalErrors
            return Unavailable("the database is busy")
        case DatabaseError() if isinstance(error.__cause__, _SCHEMA_CHANGED):
            return Unavailable("the database is being changed")
        case OperationalError() | InterfaceError():
            return Unavailable("the database is unavailable")
    return error
