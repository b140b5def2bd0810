"""A hook around every statement that a process sends to its database."""

from collections.abc import Callable
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

# Django's execute wrapper: called with execute, sql, params, many and a context.
Wrapper = Callable[[Callable[..., Any], str, Any, bool, dict[str, Any]], Any]


def wrap_statements(wrapper: Wrapper) -> None:
    """Have it around the statements of every connection that is opened from now on."""

    def wrap(connection: BaseDatabaseWrapper, **_: Any) -> None:
        if wrapper not in connection.execute_wrappers:
            connection.execute_wrappers.append(wrapper)

    connection_created.connect(wrap, weak=False, dispatch_uid=wrapper)
