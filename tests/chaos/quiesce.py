"""Waits for a mesh at rest: nothing under way, and nothing due to be tried again."""

import time

import psycopg

from dev.config import DATABASES
from tests.chaos.environment import Mesh

RESTS_WITHIN_S = 240.0
LOOKS_EVERY_S = 0.25

# A step that is due later and was never tried only looks at something that has most likely
# ended by then: such steps are not waited for.
UNDER_WAY = """
    SELECT kind || ' ' || state || ' ' || last_error FROM outbox_step
        WHERE done_time IS NULL AND NOT (attempts = 0 AND next_at > now())
"""
PENDING = {
    "user": "",
    "order": """
        UNION ALL SELECT 'order ' || id || ' ' || state FROM orders_order
            WHERE state IN ('PENDING', 'CANCELLING')
    """,
    "payment": """
        UNION ALL SELECT 'payment ' || id || ' ' || state FROM payments_payment
            WHERE state = 'PENDING'
        UNION ALL SELECT 'refund ' || id || ' ' || state FROM payments_refund
            WHERE state = 'PENDING'
    """,
}


def quiesce(environment: Mesh, within_s: float = RESTS_WITHIN_S) -> list[str]:
    """Returns what is not at rest when the time is up; empty as soon as all is at rest."""
    deadline = time.monotonic() + within_s
    while True:
        found = under_way(environment)
        if not found or time.monotonic() > deadline:
            return found
        time.sleep(LOOKS_EVERY_S)


def under_way(environment: Mesh) -> list[str]:
    found = []
    for service in DATABASES:
        try:
            with environment.database(service) as database:
                rows = database.execute(UNDER_WAY + PENDING[service]).fetchall()
        except psycopg.OperationalError as error:
            return [f"{service}: {str(error).splitlines()[0]}"]
        found += [f"{service}: {row[0]}" for row in rows]
    return found
