"""`python -m order_service admin`, as a real process on the test's database."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator

import httpx
import pytest
from django.db import connection

from mesh.db import ownership
from tests.support.waiting import eventually

Start = Callable[[str], "subprocess.Popen[str]"]
ENDS_WITHIN_S = 30
ANSWERS_WITHIN_S = 60


@pytest.fixture
def address() -> str:
    """Where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return f"127.0.0.1:{free.getsockname()[1]}"


@pytest.fixture
def start(transactional_db: None) -> Iterator[Start]:
    started: list[subprocess.Popen[str]] = []
    ownership.claim("order_service")

    def start(bind: str) -> "subprocess.Popen[str]":
        of = connection.settings_dict
        url = f"postgresql://{of['USER']}:{of['PASSWORD']}@{of['HOST']}:{of['PORT']}/{of['NAME']}"
        told = {"ORDER_DATABASE_URL": url, "ADMIN_BIND": bind}
        process = subprocess.Popen(
            [sys.executable, "-m", "order_service", "admin"],
            env=os.environ | told | {"PYTHONPATH": os.pathsep.join(sys.path)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE mesh_database_owner")


def answers(address: str) -> bool:
    try:
        return httpx.get(f"http://{address}/livez").text == "ok"
    except httpx.TransportError:
        return False


def test_it_serves_the_pages_until_it_is_told_to_stop(start: Start, address: str) -> None:
    process = start(address)
    eventually(lambda: answers(address), ANSWERS_WITHIN_S)
    assert "Sign in" in httpx.get(f"http://{address}/", follow_redirects=True).text
    process.send_signal(signal.SIGTERM)
    assert process.wait(ENDS_WITHIN_S) == 0


def test_a_taken_port_is_one_clear_line(start: Start, address: str) -> None:
    host, _, port = address.rpartition(":")
    with socket.create_server((host, int(port))):
        _, said = start(address).communicate(timeout=ENDS_WITHIN_S)
    assert said == f"order_service: can't listen on {address}: is the port taken?\n"
