"""Clients of a real Redis behind a real Sentinel, both of which speak TLS alone.

The Redis of the wheel is built without TLS, so this takes Debian's.
"""

import asyncio
import gc
import shutil
import signal
import warnings
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from celery import Celery
from redis.exceptions import ConnectionError as NotConnected

from dev.certs import AUTHORITY, Authority
from dev.engines.engine import Engine
from dev.ports import accepts, free_port
from mesh.core.redis_clients import celery_broker, connect, connect_asyncio
from tests.support.left_out import need
from tests.support.waiting import eventually

DEBIANS = "redis-check-rdb"  # the same program, which is what it is called by
HOST = "localhost"
CONFIGURATION = """\
bind 127.0.0.1
port 0
tls-port {port}
tls-cert-file {certs}/redis.pem
tls-key-file {certs}/redis.key
tls-ca-cert-file {certs}/ca.pem
tls-auth-clients no
tls-replication yes
"""
MONITOR = """\
sentinel resolve-hostnames yes
sentinel announce-hostnames yes
sentinel monitor market localhost {port} 1
"""


@pytest.fixture(scope="module")
def certs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certs")
    Authority(folder).sign("redis", HOST)
    return folder


@pytest.fixture(scope="module")
def sentinel(certs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Yields a Sentinel's port."""
    need(DEBIANS)
    folder = tmp_path_factory.mktemp("redis")
    program = folder / "redis-server"
    program.symlink_to(str(shutil.which(DEBIANS)))
    with ExitStack() as stack:

        def start(name: str, more: str, *options: str) -> int:
            port, directory = free_port(), folder / name
            directory.mkdir()
            file = directory / "redis.conf"
            file.write_text(CONFIGURATION.format(port=port, certs=certs) + more)
            engine = Engine(name, directory, ends_by=signal.SIGTERM)
            engine.start(lambda: [str(program), str(file), *options], lambda: accepts(HOST, port))
            stack.callback(engine.stop)
            return port

        primary = start("Redis", 'save ""\n')
        yield start("Sentinel", MONITOR.format(port=primary), "--sentinel")


def url_of(port: int, authority: Path, scheme: str = "rediss+sentinel") -> str:
    return f"{scheme}://{HOST}:{port}/market/0?ssl_ca_certs={authority}"


def test_every_client_finds_the_primary_and_verifies_both(sentinel: int, certs: Path) -> None:
    url = url_of(sentinel, certs / f"{AUTHORITY}.pem")

    async def got() -> object:
        client = connect_asyncio(url)
        found = await client.get("key")
        await client.aclose()
        return found

    with connect(url) as client:
        eventually(lambda: client.set("key", "value"), 60)
    assert asyncio.run(got()) == b"value"
    broker, options = celery_broker(url, {})
    celery = Celery(broker=broker)
    celery.conf.broker_transport_options = options
    with celery.connection_for_write() as connection, connection.SimpleQueue("some") as queue:
        queue.put({"one": 1})
        assert queue.get(timeout=30).payload == {"one": 1}
    celery.close()
    del connection, queue, celery
    with warnings.catch_warnings(action="ignore", category=ResourceWarning):
        gc.collect()  # to which kombu leaves what it asked the Sentinel by


def test_an_unknown_authority_and_a_client_without_tls_find_nothing(
    sentinel: int, tmp_path: Path
) -> None:
    Authority(tmp_path)
    for url in (
        url_of(sentinel, tmp_path / f"{AUTHORITY}.pem"),
        f"redis+sentinel://{HOST}:{sentinel}/market/0",
    ):
        with connect(url) as client, pytest.raises(NotConnected):
            client.get("key")
