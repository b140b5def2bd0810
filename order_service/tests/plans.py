"""Which indexes PostgreSQL would use for what the service sends, whatever the values."""

import re
from collections.abc import Callable
from typing import Any

from django.db import connection


def plans_of(read: Callable[[], object]) -> list[str]:
    """Returns the plans, made for any values, of the statements that it sends."""
    statements: list[tuple[str, Any]] = []

    def collect(execute: Callable[..., Any], sql: str, params: Any, *rest: Any) -> Any:
        statements.append((sql, params))
        return execute(sql, params, *rest)

    with connection.execute_wrapper(collect):
        read()
    plans = []
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        for sql, params in statements:
            cursor.execute(f"EXPLAIN {sql}", params)
            plans.append("\n".join(line for (line,) in cursor.fetchall()))
    return plans


def indexes_of(read: Callable[[], object]) -> set[str]:
    """Returns the indexes in the plans, none of which reads a whole table."""
    used: set[str] = set()
    for plan in plans_of(read):
        assert "Seq Scan" not in plan, plan
        used |= set(re.findall(r"Index (?:Only )?Scan (?:Backward )?(?:using|on) (\w+)", plan))
    return used
