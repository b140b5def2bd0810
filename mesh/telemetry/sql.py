"""A span for each statement that a traced call sends to the database."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from mesh.telemetry import tracing
from mesh.telemetry.spans import Kind

MOST_TABLES = 4
_VERB = re.compile(
    r"\b(SELECT|INSERT|UPDATE|DELETE|SAVEPOINT|RELEASE|ROLLBACK|LISTEN)\b", re.IGNORECASE
)
_TABLE = re.compile(r'\b(?:FROM|INTO|UPDATE|JOIN)\s+"?([a-z_][a-z_0-9.]*)', re.IGNORECASE)


def trace_queries() -> None:
    """Have every connection that is opened from now on traced."""
    connection_created.connect(_wrap, dispatch_uid="mesh.telemetry.sql")


def _wrap(connection: BaseDatabaseWrapper, **_: Any) -> None:
    if traced not in connection.execute_wrappers:
        connection.execute_wrappers.append(traced)


def traced(
    execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    """Django's execute wrapper. What is part of no trace, such as a probe, makes none."""
    if not tracing.recording():
        return execute(sql, params, many, context)
    summary = summary_of(sql)
    attributes = {
        "db.system.name": "postgresql",
        "db.namespace": context["connection"].settings_dict["NAME"],
        "db.operation.name": summary.partition(" ")[0],
        "db.query.summary": summary,
    }
    with tracing.span(summary, Kind.CLIENT, attributes) as span:
        try:
            return execute(sql, params, many, context)
        except Exception as error:
            span.fail(type(error).__qualname__)
            raise


@lru_cache(1024)
def summary_of(sql: str) -> str:
    """`INSERT orders_order`: the statement's verb and its tables, never its values.

    Source: OpenTelemetry, "Generating a summary of the query".
    """
    verb = _VERB.search(sql)
    tables = dict.fromkeys(_TABLE.findall(sql))
    return " ".join([verb[1].upper() if verb else "SQL", *list(tables)[:MOST_TABLES]])
