"""An edge in a process of its own, so that its memory is what is measured."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from edge_api.http.protocol import CLOSING, SHED, LimitedProtocol
from edge_api.tests.conftest import served

KIBIBYTE = 1024


@dataclass(frozen=True)
class EdgeProcess:
    url: str
    pid: int
    log: Path

    def rss_bytes(self) -> int:
        kibibytes = subprocess.check_output(["ps", "-o", "rss=", "-p", str(self.pid)])
        return int(kibibytes) * KIBIBYTE

    @contextmanager
    def grows_at_most(self, most_bytes: int) -> Iterator[None]:
        before = self.rss_bytes()
        yield
        assert self.rss_bytes() - before < most_bytes

    def line_of(self, request_id: str) -> dict[str, Any]:
        """Returns the log entry of a request."""
        for _ in range(50):
            for line in self.log.read_text().splitlines():
                if line.startswith("{") and request_id in line:
                    entry: dict[str, Any] = json.loads(line)
                    return entry
            time.sleep(0.1)
        raise AssertionError(f"no log entry of {request_id}")


@pytest.fixture(scope="session")
def edge(contract_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EdgeProcess]:
    log = tmp_path_factory.mktemp("edge") / "log"
    command = [sys.executable, "-m", "edge_api.tests.wire.served", str(contract_file)]
    with log.open("w") as out:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=out, env=os.environ)
    try:
        yield EdgeProcess(_url_in(log, process), process.pid, log)
    finally:
        process.communicate()
        assert process.returncode == 0


def _url_in(log: Path, process: "subprocess.Popen[bytes]") -> str:
    while process.poll() is None:
        for line in log.read_text().splitlines(keepends=True):
            if line.startswith("http") and line.endswith("\n"):
                return line.strip()
        time.sleep(0.05)
    raise AssertionError(f"the edge ended with {process.returncode}")


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Changes limits of the edge that runs in this process (`client`)."""

    def change(**values: float) -> None:
        for name, value in values.items():
            monkeypatch.setattr(LimitedProtocol, name, value)

    return change


@pytest.fixture(scope="session")
def mirror() -> Iterator[str]:
    with mirrored() as url:
        yield url


@contextmanager
def mirrored() -> Iterator[str]:
    """Serves an application that returns the names of the headers in its scope.

    The application looks after it has read the whole body, and so any trailers.
    """

    async def application(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await lives(scope, receive, send)
            return
        while (await receive()).get("more_body"):
            pass
        body = json.dumps([name.decode() for name, _ in scope["headers"]]).encode()
        fields = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": fields})
        await send({"type": "http.response.body", "body": body})

    with served(application) as url:
        yield url


async def lives(scope: Any, receive: Any, send: Any) -> None:
    """Answers the server's lifespan, as an application that sheds nothing."""
    scope["state"] |= {CLOSING: asyncio.Event(), SHED: lambda *_: None}
    while True:
        event = (await receive())["type"]
        await send({"type": f"{event}.complete"})
        if event == "lifespan.shutdown":
            return
