"""`python -m edge_api`, as a process."""

import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

import httpx
import pytest
from httpx._config import DEFAULT_LIMITS

from edge_api.config import keep_alive_s
from edge_api.tests.conftest import free_port
from edge_api.tests.toy import SECRET, Toy, toy_served
from edge_api.tests.wire.raw import GET, connected

COMMAND = [sys.executable, "-m", "edge_api"]
ROOT = Path(__file__).parent.parent.parent


def environment(contract_file: Path, **settings: str) -> dict[str, str]:
    path = os.pathsep.join([str(ROOT), str(ROOT / "generated" / "python")])
    edge = {"EDGE_CONTRACT": str(contract_file), "MESH_SECRET": SECRET, "PYTHONPATH": path}
    return os.environ | edge | {"TOY_SERVICE_TARGET": "127.0.0.1:1"} | settings


def run(environ: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments], env=environ, capture_output=True, text=True, timeout=30, check=False
    )


THREADS_MADE = """
import gc, threading
import django

django.setup()
from edge_api.app import loaded

made = loaded()
print([one.name for one in gc.get_objects() if issubclass(type(one), threading.Thread)])
"""


@contextmanager
def served(environ: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([*COMMAND, "serve"], env=environ, stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_until_live(url: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            httpx.get(f"{url}/livez").raise_for_status()
        except httpx.TransportError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        else:
            return


def test_what_is_loaded_before_processes_are_forked_makes_no_thread(contract_file: Path) -> None:
    """After a fork Python 3.13 starts none that was made before it."""
    told = environment(contract_file, DJANGO_SETTINGS_MODULE="edge_api.settings")
    ended = subprocess.run(
        [sys.executable, "-c", THREADS_MADE], env=told, capture_output=True, text=True, check=False
    )
    assert (ended.stdout, ended.returncode) == ("['MainThread']\n", 0), ended.stderr


def test_sigterm_lets_a_request_under_way_end(contract_file: Path, toy: Toy) -> None:
    bind = f"127.0.0.1:{free_port()}"
    with toy_served(toy) as port:
        target = f"127.0.0.1:{port}"
        environ = environment(contract_file, TOY_SERVICE_TARGET=target, EDGE_BIND=bind)
        with served(environ) as process:
            wait_until_live(f"http://{bind}")
            Timer(0.2, process.send_signal, [signal.SIGTERM]).start()
            body = {"how": "slow", "code": "NOT_FOUND"}
            response = httpx.post(f"http://{bind}/toy/fail", json=body)
            assert response.status_code == 504
            assert process.wait(timeout=5) in (0, -signal.SIGTERM)


def test_an_idle_connection_is_kept_for_as_long_as_it_says(contract_file: Path) -> None:
    bind = f"127.0.0.1:{free_port()}"
    with served(environment(contract_file, EDGE_BIND=bind, EDGE_KEEP_ALIVE_S="2")):
        wait_until_live(f"http://{bind}")
        with connected(f"http://{bind}") as raw:
            raw.send(GET)
            assert raw.answer().status == 200
            answered = time.monotonic()
            assert raw.is_closed()
            assert time.monotonic() - answered > 1.9


# How long clients and load balancers keep an idle connection.
# Source: Go, net/http.DefaultTransport; JDK 21, jdk.httpclient.keepalive.timeout; AWS, ALB.
CLIENTS_KEEP_S = {
    "httpx": DEFAULT_LIMITS.keepalive_expiry or math.inf,
    "Go": 90,
    "Java": 30,
    "ALB": 60,
}


@pytest.mark.parametrize("client", CLIENTS_KEEP_S)
def test_clients_give_up_an_idle_connection_before_the_edge_does(
    client: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a request on its way to a connection that is being closed is answered by a reset."""
    monkeypatch.delenv("EDGE_KEEP_ALIVE_S", raising=False)
    assert keep_alive_s() >= 1.25 * CLIENTS_KEEP_S[client]


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"EDGE_KEEP_ALIVE_S": "0"}, "EDGE_KEEP_ALIVE_S"),
        ({"MESH_SECRET": ""}, "MESH_SECRET"),
        ({"MESH_SECRET": "short"}, "MESH_SECRET"),
        ({"TOY_SERVICE_TARGET": ""}, "TOY_SERVICE_TARGET"),
        ({"EDGE_BIND": "nowhere"}, "EDGE_BIND"),
        ({"EDGE_BIND": "192.0.2.1:80"}, "EDGE_BIND"),
        ({"EDGE_CONTRACT": "/nowhere"}, "EDGE_CONTRACT"),
        ({"MARKET_ENV": "staging"}, "MARKET_ENV"),
    ],
)
def test_a_wrong_set_up_is_one_line_that_names_the_setting(
    contract_file: Path, settings: dict[str, str], named: str
) -> None:
    bind = f"127.0.0.1:{free_port()}"  # the default may be that of a mesh which runs here
    done = run(environment(contract_file, **{"EDGE_BIND": bind, **settings}), "serve")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert named in done.stderr


def test_routes_lists_what_is_published(contract_file: Path) -> None:
    done = run(environment(contract_file), "routes")
    assert "/toy.v1.NoteService/ListNotes" in done.stdout
    assert "Hidden" not in done.stdout


def test_openapi_needs_no_settings(contract_file: Path, tmp_path: Path) -> None:
    environ = environment(contract_file)
    del environ["MESH_SECRET"]
    done = run(environ, "openapi", str(contract_file), str(tmp_path / "edge.yaml"))
    assert done.returncode == 0, done.stderr
    assert "/toy/notes" in (tmp_path / "edge.yaml").read_text()
