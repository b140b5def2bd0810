"""A span for each statement that a traced call sends to the database."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from mesh.db.execute_hooks import wrap_statements
from mesh.telemetry import tracing
from mesh.telemetry.spans import Kind

MOST_TABLES = 4
WRITES = frozenset({"INSERT", "UPDATE", "DELETE"})
# "FOR UPDATE", "FOR NO KEY UPDATE" and "DO UPDATE" begin no statement.
_UPDATE = r"(?<!FOR )(?<!KEY )(?<!DO )UPDATE"
_VERB = re.compile(
    rf"\b(SELECT|INSERT|{_UPDATE}|DELETE|SAVEPOINT|RELEASE|ROLLBACK)\b", re.IGNORECASE
)
# What a parenthesis follows at once is a function, and LATERAL a word before one.
_TABLE = re.compile(
    rf'\b(?:FROM|INTO|{_UPDATE}|JOIN)\s+"?(?!LATERAL\b)([a-z_][a-z_0-9.]*)\b(?!\()', re.IGNORECASE
)
_WITH = re.compile(r"\s*WITH\b", re.IGNORECASE)
_NAMED = re.compile(r"\b([a-z_]+) AS (?:MATERIALIZED )?\(", re.IGNORECASE)


def trace_queries() -> None:
    """Traces every connection that is opened from now on."""
    wrap_statements(traced)


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
    verbs = [verb.upper() for verb in _VERB.findall(sql)] or ["SQL"]
    writes = [verb for verb in verbs if verb in WRITES] if _WITH.match(sql) else []
    named = set(_NAMED.findall(sql))
    tables = [table for table in dict.fromkeys(_TABLE.findall(sql)) if table not in named]
    return " ".join([*(writes or verbs)[:1], *tables[:MOST_TABLES]])
