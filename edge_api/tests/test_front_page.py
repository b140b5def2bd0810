"""What `/` shows, by the setting, and that it shows no local run but in development."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest

from edge_api.config import Config
from edge_api.tests.conftest import edge_before, free_port
from mesh.core.config import SettingError

A_URL = "http://127.0.0.1:1"


@contextmanager
def shown(contract_file: Path, page: str) -> Iterator[httpx.Client]:
    with (
        edge_before(contract_file, free_port(), front_page=page) as url,
        httpx.Client(base_url=url) as client,
    ):
        yield client


class LocalRun(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(f"asked for {self.path}".encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def local_run() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), LocalRun) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_by_default_it_is_a_plain_page_that_leads_to_the_documentation(
    client: httpx.Client,
) -> None:
    page = client.get("/")
    assert page.headers["content-type"].startswith("text/html")
    assert 'href="/api/docs/"' in page.text
    assert client.post("/").status_code == 404
    assert client.get("/development/status").status_code == 404


def test_it_may_be_none(contract_file: Path) -> None:
    with shown(contract_file, "none") as client:
        assert client.get("/").status_code == 404


def test_in_development_the_local_run_shows_its_page(contract_file: Path, local_run: str) -> None:
    with shown(contract_file, local_run) as client:
        assert client.get("/").text == "asked for /"
        assert "script-src 'self';" in client.get("/").headers["content-security-policy"]
        assert client.get("/development/a%20b?c=d").text == "asked for /development/a%20b?c=d"
        assert client.post("/development/status").status_code == 404


def test_a_local_run_that_is_gone_is_a_problem(contract_file: Path) -> None:
    with shown(contract_file, f"http://127.0.0.1:{free_port()}") as client:
        assert client.get("/development/status").json()["code"] == "SERVICE_UNAVAILABLE"


@pytest.mark.parametrize(
    ("env", "value", "allowed"),
    [
        ("production", "", "plain"),
        ("production", "none", "none"),
        ("development", A_URL, A_URL),
        ("production", A_URL, None),
        ("development", "https://example.org", None),
        ("development", "file:///etc/passwd", None),
    ],
)
def test_a_page_of_another_server_is_refused_outside_development(
    monkeypatch: pytest.MonkeyPatch, env: str, value: str, allowed: str | None
) -> None:
    monkeypatch.setenv("MARKET_ENV", env)
    monkeypatch.setenv("MESH_SECRET", "a-secret-of-many-characters-0123456789-abcdefghijklmnop")
    monkeypatch.setenv("EDGE_FRONT_PAGE", value)
    if allowed is None:
        with pytest.raises(SettingError, match="EDGE_FRONT_PAGE"):
            Config.from_env()
    else:
        assert Config.from_env().front_page == allowed
