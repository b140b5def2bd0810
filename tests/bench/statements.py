"""Measures what the order service's own statements cost beside the ORM doing the same.

`make bench NAME=statements`: both ways in turn in this process, on a PostgreSQL of its own,
with the options of every service's connections. CPU of this process and of its backend.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path

import django
from django.core.management import call_command
from django.db import connection

from dev.engines.postgres import Postgres
from tests.support.engines import ENVIRONMENT, SECRETS, SETTINGS

ROUNDS = 9
CALLS = 60
WAYS = "tests.bench.statement_ways"  # loads models, so Django has to be set up before
Call = Callable[[], object]


def main() -> None:
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="market-"))
        postgres = stack.enter_context(Postgres(Path(folder, "postgres"), port=0, durable=False))
        os.environ.update(ENVIRONMENT)
        os.environ.update({name: name.lower().ljust(32, "-") for name in SECRETS})
        os.environ["ORDER_DATABASE_URL"] = postgres.create("market_bench")
        os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS["order_service"]
        django.setup()
        call_command("migrate", verbosity=0)
        print(f"{'':14} {'ORM, µs':>16} {'statement, µs':>16} {'ORM ÷ statement':>16}")
        print(f"{'':14} {'here   backend':>16} {'here   backend':>16} {'here   backend':>16}")
        for name, (by_orm, by_statement) in import_module(WAYS).ways().items():
            report(name, by_orm, by_statement)


def report(name: str, by_orm: Call, by_statement: Call) -> None:
    """Measures both ways in turn; the medians of the rounds, and of the rounds' ratios."""
    measured(by_orm), measured(by_statement)
    rounds = [(measured(by_orm), measured(by_statement)) for _ in range(ROUNDS)]
    orm, statement, ratio = (
        [statistics.median(values) for values in zip(*rows, strict=True)]
        for rows in zip(*((a, b, (a[0] / b[0], a[1] / b[1])) for a, b in rounds), strict=True)
    )
    print(
        f"{name:16} {orm[0]:7.0f} {orm[1]:7.0f}  {statement[0]:7.0f} {statement[1]:7.0f}"
        f"  {ratio[0]:7.2f} {ratio[1]:7.2f}"
    )


def measured(call: Call) -> tuple[float, float]:
    """Returns the CPU of one call in microseconds: of this process, and of its backend."""
    pid = connection.connection.info.backend_pid
    ours, backend = time.process_time_ns(), backend_ns(pid)
    for _ in range(CALLS):
        call()
    return (
        (time.process_time_ns() - ours) / CALLS / 1000,
        (backend_ns(pid) - backend) / CALLS / 1000,
    )


def backend_ns(pid: int) -> int:
    """Returns the time that a process was on a CPU. Source: proc(5), schedstat."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])


if __name__ == "__main__":
    main()
