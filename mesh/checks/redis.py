"""Checks that the Redis that is named is there, fit for its use, and keeps what it is given."""

from collections.abc import Iterator
from typing import Any

from redis import Redis
from redis.exceptions import AuthenticationError, RedisError
from redis.sentinel import MasterNotFoundError

from mesh.checks.findings import Finding, failed, first_line, ok, warning
from mesh.core import redis_clients

LEAST = (6, 2)  # what the queue's client is tested with
WITHIN_S = 2.0


def connected(url: str) -> "Redis":
    return redis_clients.connect(url, socket_timeout=WITHIN_S, socket_connect_timeout=WITHIN_S)


def redis(url: str) -> Iterator[Finding]:
    try:
        with connected(url) as client:
            yield from _of(client.info())
    except AuthenticationError as error:
        yield failed(f"Redis does not let us in: {first_line(error)}", "mend REDIS_URL's password")
    except MasterNotFoundError:
        yield failed(
            "no Sentinel knows a primary of Redis that is up", "start it, or mend REDIS_URL"
        )
    except (RedisError, OSError) as error:
        yield failed(f"Redis can't be reached: {first_line(error)}", "start it, or mend REDIS_URL")


def _of(info: dict[str, Any]) -> Iterator[Finding]:
    version = str(info["redis_version"])
    if tuple(map(int, version.split(".")[:2])) < LEAST:
        yield failed(f"Redis {version} is too old", "run 6.2 or newer")
        return
    if info.get("loading"):
        yield warning(f"Redis {version} is loading what it kept", "wait")
    if not info.get("aof_enabled"):
        yield warning(
            f"Redis {version} keeps no append-only file: when it restarts, mails and steps"
            " under way are late until the relay enqueues them again",
            "set `appendonly yes`",
        )
        return
    yield ok(f"Redis {version} answers, and keeps an append-only file")
