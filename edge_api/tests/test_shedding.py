"""More than an edge bears: it refuses what it can't answer in time, and can still be probed."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from edge_api.http.turns import MOST_WAITING
from edge_api.tests.conftest import free_port
from edge_api.tests.test_problems import assert_problem
from edge_api.tests.toy import SECRET, Toy, toy_served

READY_WITHIN_S = 60
# Longer than a request may wait to be begun, and than the toy's Fail may take.
TOO_LONG_S, LONGER_THAN_FAIL_S = 1.4, 0.6


@pytest.fixture(scope="module")
def log_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("edge") / "log"


@pytest.fixture(scope="module")
def process(
    contract_file: Path, toy: Toy, log_file: Path
) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """An edge in a process of its own, as it is deployed, and its URL."""
    port = free_port()
    with toy_served(toy) as toy_port, log_file.open("wb") as log:
        target = {"TOY_SERVICE_TARGET": f"127.0.0.1:{toy_port}"}
        settings = {
            "EDGE_BIND": f"127.0.0.1:{port}",
            "EDGE_CONTRACT": str(contract_file),
            "MESH_SECRET": SECRET,
            "REDIS_URL": "",
        }
        command = [sys.executable, "-m", "edge_api", "serve"]
        environment = {**os.environ, **target, **settings}
        edge = subprocess.Popen(command, env=environment, stdout=log)
        try:
            wait_until_ready(f"http://127.0.0.1:{port}")
            yield edge, f"http://127.0.0.1:{port}"
        finally:
            edge.kill()
            edge.wait()


def wait_until_ready(url: str) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while True:
        try:
            if httpx.get(f"{url}/readyz", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            assert time.monotonic() < deadline
        time.sleep(0.1)


@contextmanager
def held_up(edge: subprocess.Popen[bytes]) -> Iterator[None]:
    """The process does not run meanwhile, as on a machine that has no time for it."""
    edge.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        edge.send_signal(signal.SIGCONT)


def asked_while_held_up(
    process: tuple[subprocess.Popen[bytes], str], seconds: float, *requests: httpx.Request
) -> list[httpx.Response]:
    edge, url = process
    with (
        httpx.Client(base_url=url, timeout=30) as kept,
        ThreadPoolExecutor(len(requests)) as threads,
    ):
        with held_up(edge):
            answers = [threads.submit(kept.send, request) for request in requests]
            time.sleep(seconds)
        return [answer.result() for answer in answers]


def test_what_lay_in_the_kernel_for_too_long_is_refused(
    process: tuple[subprocess.Popen[bytes], str],
) -> None:
    url = process[1]
    asked = [httpx.Request("GET", f"{url}/toy/echo") for _ in range(5)]
    probes = [httpx.Request("GET", f"{url}/{name}") for name in ("livez", "readyz")]
    *answers, live, ready = asked_while_held_up(process, TOO_LONG_S, *asked, *probes)
    for answer in answers:
        document = assert_problem(answer, 503, "SERVICE_UNAVAILABLE")
        assert document["request_id"] == answer.headers["x-request-id"]
        assert answer.headers["retry-after"] == "1"
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert (live.status_code, ready.status_code) == (200, 200)
    assert httpx.get(f"{url}/toy/echo").status_code == 200


def test_refusals_are_logged_together_by_number(
    process: tuple[subprocess.Popen[bytes], str], log_file: Path
) -> None:
    asked = [httpx.Request("GET", f"{process[1]}/toy/echo") for _ in range(5)]
    before = len(events(log_file))
    answers = asked_while_held_up(process, TOO_LONG_S, *asked)
    assert [answer.status_code for answer in answers] == [503] * 5
    deadline = time.monotonic() + 30
    while sum(event.get("count", 0) for event in events(log_file)[before:]) < 5:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    told = events(log_file)[before:]
    assert sum(event["count"] for event in told if event["event"] == "requests_shed") == 5
    assert not [event for event in told if event.get("status") == 503]


def events(log_file: Path) -> list[dict[str, Any]]:
    """What was logged so far, whole lines."""
    return [json.loads(line) for line in log_file.read_text().split("\n")[:-1]]


def test_the_time_that_a_request_may_take_begins_when_it_came(
    process: tuple[subprocess.Popen[bytes], str], toy: Toy
) -> None:
    url, seen = process[1], len(toy.seen)
    asked = httpx.Request("POST", f"{url}/toy/fail", json={"how": "slow"})
    (answer,) = asked_while_held_up(process, LONGER_THAN_FAIL_S, asked)
    assert_problem(answer, 503, "SERVICE_UNAVAILABLE")
    assert len(toy.seen) == seen, "nobody was to be asked for what could not come in time"


def test_a_body_that_comes_slowly_costs_a_request_none_of_its_time(client: httpx.Client) -> None:
    def slowly() -> Iterator[bytes]:
        yield b'{"string_value":'
        time.sleep(TOO_LONG_S)
        yield b'"x"}'

    headers = {"Content-Type": "application/json"}
    answer = client.post("/toy/echo", content=slowly(), headers=headers)
    assert (answer.status_code, answer.json()["string_value"]) == (200, "x")


def test_a_request_sent_before_the_answer_to_another_has_its_own_time(client: httpx.Client) -> None:
    body = b'{"how":"slow","code":"NOT_FOUND"}'
    head = b"POST /toy/fail HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    slow = head + b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
    with socket.create_connection((client.base_url.host, client.base_url.port or 80)) as pipelined:
        pipelined.settimeout(30)
        pipelined.sendall(
            slow * 4 + b"GET /toy/echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        )
        answered = b"".join(iter(lambda: pipelined.recv(65536), b""))
    statuses = re.findall(rb"HTTP/1.1 ([0-9]{3})", answered)
    assert statuses == [b"504"] * 4 + [b"200"]


def test_many_connections_are_accepted_however_many_come_at_one_time(
    process: tuple[subprocess.Popen[bytes], str],
) -> None:
    address = httpx.URL(process[1])
    with ExitStack() as opened:
        with held_up(process[0]):
            connections = [
                opened.enter_context(socket.create_connection((address.host, address.port or 80)))
                for _ in range(300)
            ]
            for connection in connections:
                connection.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        for connection in connections:
            connection.settimeout(30)
            assert connection.recv(12) == b"HTTP/1.1 200"


# Both may take so long that none of them is refused for its age, however busy the machine is.
GET_ABSENT = b"GET /toy/notes/n1 HTTP/1.1\r\nHost: x\r\n\r\n"
HEAD_OF_POST = (
    b"POST /toy/turned/x HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    b"Content-Length: 2\r\n\r\n"
)


@pytest.mark.parametrize(("request_", "served"), [(GET_ABSENT, 404), (HEAD_OF_POST + b"{}", 200)])
def test_of_those_that_come_together_so_many_wait_and_the_others_are_refused_at_once(
    process: tuple[subprocess.Popen[bytes], str], request_: bytes, served: int
) -> None:
    more = 100
    with opened(process[1], MOST_WAITING + more) as connections:
        with held_up(process[0]):
            for connection in connections:
                connection.sendall(request_)
        statuses = Counter(answer_of(connection).status for connection in connections)
        assert statuses.keys() == {served, 503}
        assert statuses[served] >= MOST_WAITING
        assert statuses[503] >= more / 2
        assert all(status_of(connection, "/livez") == 200 for connection in connections)


def test_one_that_is_refused_before_its_body_came_is_the_last_of_its_connection(
    process: tuple[subprocess.Popen[bytes], str],
) -> None:
    with opened(process[1], MOST_WAITING + 100) as connections:
        with held_up(process[0]):
            for connection in connections:
                connection.sendall(HEAD_OF_POST)
        time.sleep(0.5)
        for connection in connections:
            connection.sendall(b"{}")
        answers = [answer_of(connection) for connection in connections]
        assert {answer.status for answer in answers} == {200, 503}
        for answer in answers:
            assert answer.will_close == (answer.status == 503)


@contextmanager
def opened(url: str, count: int) -> Iterator[list[socket.socket]]:
    """Connections to an edge, each of which was served once."""
    address = httpx.URL(url)
    with ExitStack() as stack:
        connections = [
            stack.enter_context(socket.create_connection((address.host, address.port or 80)))
            for _ in range(count)
        ]
        for connection in connections:
            connection.settimeout(30)
            assert status_of(connection, "/livez") == 200
        yield connections


def status_of(connection: socket.socket, path: str) -> int:
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    return answer_of(connection).status


def answer_of(connection: socket.socket) -> http.client.HTTPResponse:
    answer = http.client.HTTPResponse(connection)
    answer.begin()
    answer.read()
    return answer
