import os
import signal
from pathlib import Path

from redis import Redis as Client

from dev.engines.redis import Redis


def test_what_was_written_survives_a_restart(tmp_path: Path) -> None:
    with Redis(tmp_path, port=0) as first, Client.from_url(first.url) as client:
        client.set("order", "placed")

    with Redis(tmp_path, port=0) as second, Client.from_url(second.url) as client:
        assert client.get("order") == b"placed"


def test_a_killed_server_comes_up_again(tmp_path: Path) -> None:
    with Redis(tmp_path, port=0) as killed:
        os.kill(killed.engine.pid or 0, signal.SIGKILL)

    with Redis(tmp_path, port=0) as again, Client.from_url(again.url) as client:
        assert client.ping()


def test_a_tests_server_keeps_nothing(tmp_path: Path) -> None:
    with Redis(tmp_path, port=0, durable=False) as first, Client.from_url(first.url) as client:
        client.set("order", "placed")

    with Redis(tmp_path, port=0, durable=False) as second, Client.from_url(second.url) as client:
        assert client.get("order") is None
