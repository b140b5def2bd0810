"""PostgreSQL and Redis: restarted, emptied, paused, used up."""

import os
import shutil
import signal
import time
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path

import psycopg
import redis

from dev.config import DATABASES
from tests.chaos.environment import BACK_WITHIN_S, Environment, pause_for
from tests.chaos.fault import Fault, Run
from tests.support.waiting import eventually

MOST_CONNECTIONS = 200


def redis_loses_all(run: Run) -> None:
    """Kills Redis without its append-only file, and then empties it too."""
    with client(run.environment) as connection:
        pid = redis_pid(connection)
        connection.config_set("appendonly", "no")
        os.kill(pid, signal.SIGKILL)
        shutil.rmtree(run.environment.var / "redis" / "appendonlydir")
    eventually(lambda: answers(run.environment), BACK_WITHIN_S)
    time.sleep(run.random.uniform(0.5, 2.0))
    with client(run.environment) as connection:
        connection.flushall()


def redis_paused(run: Run) -> None:
    with client(run.environment) as connection:
        pid = redis_pid(connection)
    pause_for([pid], run.seconds)


def redis_pid(connection: "redis.Redis") -> int:
    return int(connection.info("server")["process_id"])


def client(environment: Environment) -> "redis.Redis":
    return redis.Redis.from_url(
        environment.environment["REDIS_URL"], socket_timeout=5, socket_connect_timeout=2
    )


def answers(environment: Environment) -> bool:
    with suppress(redis.RedisError), client(environment) as connection:
        return bool(connection.ping())
    return False


def postgres_restarts(run: Run) -> None:
    """Restarts PostgreSQL in immediate mode, twice; it holds all three databases here."""
    for _ in range(2):
        restart_postgres(run.environment)
        time.sleep(run.random.uniform(0.5, 1.5))


def restart_postgres(environment: Environment) -> None:
    pid = postmaster(environment)
    os.kill(pid, signal.SIGQUIT)

    def another() -> bool:
        with suppress(OSError, ValueError, psycopg.OperationalError), environment.database("order"):
            return postmaster(environment) != pid
        return False

    eventually(another, BACK_WITHIN_S)
    environment.wait_until_ready()


def postmaster(environment: Environment) -> int:
    file = environment.var / "postgres" / "data" / "postmaster.pid"
    return int(file.read_text().splitlines()[0])


def backends_killed(run: Run) -> None:
    """Kills a backend of each service; PostgreSQL ends all others then, as memory is shared."""
    for service in DATABASES:
        pid = eventually(partial(a_backend, run.environment, service), BACK_WITHIN_S)
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        time.sleep(run.random.uniform(0.5, 1.5))
    run.environment.wait_until_ready()


def a_backend(environment: Environment, service: str) -> int | None:
    """Returns the pid of a service's backend; None while there is none, or no connection."""
    with suppress(psycopg.OperationalError), environment.database(service) as connection:
        found = connection.execute(A_BACKEND).fetchone()
        return int(found[0]) if found else None
    return None


def postgres_paused(run: Run) -> None:
    """Pauses the server and all of its processes."""
    pid = postmaster(run.environment)
    pause_for([pid, *children(pid)], run.seconds)
    run.environment.wait_until_ready()


def children(parent: int) -> list[int]:
    tasks = Path(f"/proc/{parent}/task/{parent}/children").read_text()
    return [int(pid) for pid in tasks.split()]


def connections_used_up(run: Run) -> None:
    """Takes all connections, those of the services too."""
    until = time.monotonic() + run.seconds
    with ExitStack() as taken:
        while time.monotonic() < until:
            for service in DATABASES:
                take_all(run.environment, service, taken)
            time.sleep(0.2)
    run.environment.wait_until_ready()


def take_all(environment: Environment, service: str, taken: ExitStack) -> None:
    """Ends the service's connections, then opens connections until there are no more."""
    with suppress(psycopg.OperationalError):
        for number in range(MOST_CONNECTIONS):
            connection = taken.enter_context(environment.database(service))
            if number == 0:
                connection.execute(END_OTHERS)


A_BACKEND = """
    SELECT pid FROM pg_stat_activity
    WHERE usename = current_user AND application_name <> 'chaos' ORDER BY random() LIMIT 1
"""
END_OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE usename = current_user AND application_name <> 'chaos'
"""
FAULTS = (
    Fault("Redis kill -9 without AOF, FLUSHALL", redis_loses_all, short=True),
    Fault("Redis SIGSTOP", redis_paused, seconds=60),
    Fault("PostgreSQL immediate restart", postgres_restarts, short=True),
    Fault("PostgreSQL backends kill -9", backends_killed),
    Fault("PostgreSQL SIGSTOP", postgres_paused, seconds=12),
    Fault("PostgreSQL connections used up", connections_used_up, seconds=8),
)
