"""The site of `make docs`: it draws its diagrams, and loads nothing from elsewhere."""

import re
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Page, expect

from dev.config import ROOT
from dev.ports import HOST
from tests.browser.chromium import shots

# What a browser loads by itself: of HTML but for links that people follow, and of style sheets.
LOADED = re.compile(
    r"<(?:script|img|iframe|source|video|audio|embed|object|input)\b[^>]*?\b(?:src|data)=[\"']?([^\"'\s>]+)"
    r"|<link\b[^>]*?\bhref=[\"']?([^\"'\s>]+)"
    r"|url\(\s*[\"']?([^\"')]+)"
    r"|@import\s+[\"']([^\"']+)"
)
ELSEWHERE = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    built = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", str(built)]
    subprocess.run(command, cwd=ROOT, check=True)
    return built


@pytest.fixture(scope="module")
def served(site: Path) -> Iterator[str]:
    handler = partial(SimpleHTTPRequestHandler, directory=str(site))
    with ThreadingHTTPServer((HOST, 0), handler) as server:
        Thread(target=server.serve_forever).start()
        yield f"http://{HOST}:{server.server_port}"
        server.shutdown()


def test_no_page_loads_anything_from_elsewhere(site: Path) -> None:
    files = [file for kind in ("*.html", "*.css", "*.svg") for file in site.rglob(kind)]
    loaded = {
        (str(file.relative_to(site)), next(filter(None, found)))
        for file in files
        for found in LOADED.findall(file.read_text())
    }
    assert ("index.html", "assets/mermaid.js") in loaded
    assert [one for one in sorted(loaded) if ELSEWHERE.match(one[1])] == []


@pytest.mark.parametrize("path", ["", "architecture/"])
def test_diagrams_are_drawn_by_the_site_itself(page: Page, served: str, path: str) -> None:
    page.goto(f"{served}/{path}")
    diagrams = page.locator("div.mermaid")
    expect(diagrams.first).to_be_visible()
    expect(page.locator("pre.mermaid")).to_have_count(0)
    for diagram in diagrams.all():
        box = diagram.bounding_box()
        assert box is not None
        assert box["height"] > 100, box
    shots(page, f"docs-{path.strip('/') or 'index'}")
