"""A hook around every statement that a process sends to its database."""

from collections.abc import Callable
from typing import Any

from django.db import InternalError, NotSupportedError, OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from psycopg.errors import ReadOnlySqlTransaction

# Django's execute wrapper: called with execute, sql, params, many and a context.
Wrapper = Callable[[Callable[..., Any], str, Any, bool, dict[str, Any]], Any]


def wrap_statements(wrapper: Wrapper) -> None:
    """Puts it around the statements of every connection that is opened from now on."""

    def wrap(connection: BaseDatabaseWrapper, **_: Any) -> None:
        if wrapper not in connection.execute_wrappers:
            connection.execute_wrappers.append(wrapper)

    connection_created.connect(wrap, weak=False, dispatch_uid=wrapper)


# Refusals that last as long as their connection:
# - of a prepared statement, after a migration changed what it answers. With columns that are
#   named, only a column that changed its type or was renamed does that, not one that was added.
# - of writing, by a server that is the primary no longer.


def end_refused() -> None:
    """Ends every connection that is opened from now on after such a refusal.

    The call fails, retriable; the next one of its thread connects and prepares anew. To the
    callers a server that cannot be written to is one that is away: OperationalError.
    """
    wrap_statements(_refusal_ends_connection)


def _refusal_ends_connection(
    execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    try:
        return execute(sql, params, many, context)
    except NotSupportedError:
        context["connection"].close_at = 0.0  # for `close_old_connections`
        raise
    except InternalError as error:
        if not isinstance(error.__cause__, ReadOnlySqlTransaction):
            raise
        context["connection"].close_at = 0.0
        raise OperationalError(*error.args) from error.__cause__
