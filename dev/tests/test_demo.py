"""What the demo says of an answer that is none of the mesh's."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from dev.demo import demo
from dev.errors import CannotRun
from dev.ports import HOST


class Stranger(BaseHTTPRequestHandler):
    """A program that answers everything with a page."""

    page = b"<p>not a mesh</p>"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.page)))
        self.end_headers()
        self.wfile.write(self.page)

    def log_message(self, *_: object) -> None:
        """Writes no log."""


@pytest.fixture
def port() -> Iterator[int]:
    """Yields the port of a stranger."""
    with HTTPServer((HOST, 0), Stranger) as server:
        Thread(target=server.serve_forever).start()
        yield server.server_port
        server.shutdown()


def test_a_program_that_is_no_mesh_is_refused_in_one_line(
    port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDGE_PORT", str(port))
    with pytest.raises(CannotRun, match="the mesh did not answer as it should"):
        demo(tmp_path)
