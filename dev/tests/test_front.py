"""The page of a local run, before it has begun and while it runs."""

import json
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import httpx
import pytest

from dev.config import Config
from dev.front.mails import PREVIEWS, templates
from dev.front.server import front
from mesh.mail.locales import LANGUAGES

REQUEST = "01a2245f-0000-7000-8000-000000000001"


@pytest.fixture
def page(tmp_path: Path) -> Iterator[httpx.Client]:
    config = Config.read(tmp_path, any_ports=True)
    with front(config) as url, httpx.Client(base_url=url) as client:
        yield client


def test_the_page_and_its_files_are_served_and_nothing_else(page: httpx.Client) -> None:
    assert "<h1>Marketmesh</h1>" in page.get("/").text
    assert page.get("/development/front.js").headers["content-type"] == "text/javascript"
    for other in ("/development/", "/development/server.py", "/development/../server.py"):
        assert page.get(other).status_code == 404


def test_every_mail_has_a_preview_in_every_language_that_lacks_nothing(page: httpx.Client) -> None:
    assert {template for template, _ in PREVIEWS.values()} == templates()
    listed = page.get("/development/mails").text
    for name, locale, kind in product(PREVIEWS, LANGUAGES, ("", ".txt")):
        shown = f"/development/mails/{locale}/{name}{kind}"
        assert f'href="{shown}"' in listed
        answer = page.get(shown)
        assert answer.status_code == 200
        assert "Marketmesh" in answer.text
        assert ("Hello Ada" if locale == "en" else "Hallo Ada") in answer.text
        assert "is missing" not in answer.text
    for unknown in ("none", "en/none", "fr/welcome"):
        assert page.get(f"/development/mails/{unknown}").status_code == 404


def test_before_the_mesh_has_begun_it_says_so(page: httpx.Client) -> None:
    answer = page.get("/development/status")
    assert answer.status_code == 503
    assert "still starting" in answer.json()["detail"]


def test_what_a_request_caused_is_told_in_the_order_of_time(
    page: httpx.Client, tmp_path: Path
) -> None:
    log(tmp_path, "order", event="rpc", rpc="m.OrderService/CreateOrder", second=1, took=200)
    log(tmp_path, "edge", event="request", rpc="m.OrderService/CreateOrder", second=1.1, took=400)
    log(tmp_path, "order-worker", event="step_done", kind="charge_order", second=2, took=50)
    hops = page.get("/development/hops", params={"request_id": REQUEST}).json()
    assert [hop["process"] for hop in hops] == ["edge", "order", "order-worker"]
    assert [hop["start_ms"] for hop in hops] == [0, 100, 1250]
    assert page.get("/development/hops").json() == []


def log(var: Path, process: str, *, second: float, took: float, **event: object) -> None:
    time = f"2026-01-01T00:00:0{second:.3f}+00:00"
    line = {"time": time, "request_id": REQUEST, "duration_ms": took, **event}
    (var / f"{process}.log").write_text(json.dumps(line) + "\n")
