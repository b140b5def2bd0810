"""Chromium of this machine, and what is asked of every page in it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from dev.config import ROOT
from dev.ports import HOST
from tests.support.left_out import leave_out

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
SHOTS = ROOT / "var" / "screenshots"
SCHEMES = ("light", "dark")
WIDTHS_PX = (1280, 360)
HEIGHT_PX = 800
WITHIN_MS = 60_000


@contextmanager
def launched() -> Iterator[Browser]:
    """Yields the Chromium of this machine; without one the test is left out, in CI it fails.

    Meanwhile the thread can't run another event loop.
    """
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        leave_out(f"{PROGRAMS[0]} is not installed")
    with sync_playwright() as playwright:
        expect.set_options(timeout=WITHIN_MS)
        browser = playwright.chromium.launch(executable_path=program)
        yield browser
        browser.close()


@contextmanager
def opened(browser: Browser, complaints: list[str]) -> Iterator[Page]:
    """Yields a page of a new profile, which adds to `complaints` what it should not do."""
    context = browser.new_context(
        viewport={"width": WIDTHS_PX[0], "height": HEIGHT_PX},
        reduced_motion="reduce",
        service_workers="block",
    )
    context.set_default_timeout(WITHIN_MS)
    _listen(context, complaints)
    yield context.new_page()
    context.close()


def accessible(page: Page) -> None:
    """Asserts that axe-core finds nothing on the page, in light and in dark."""
    for scheme in _schemes(page):
        found = Axe().run(page).response["violations"]
        assert found == [], "\n".join([f"in {scheme}:", *map(_told, found)])


def shots(page: Page, name: str) -> None:
    """Takes pictures of the page at each width in light and dark, to `var/screenshots`.

    Asserts that it needs no scrolling sideways. The page is as wide as before afterwards.
    """
    before = page.viewport_size
    for width in WIDTHS_PX:
        page.set_viewport_size({"width": width, "height": HEIGHT_PX})
        overflow_px = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert overflow_px <= 0, f"{name} is {overflow_px} px too wide for {width} px"
        for scheme in _schemes(page):
            page.screenshot(path=SHOTS / f"{name}-{width}-{scheme}.png", full_page=True)
    if before is not None:
        page.set_viewport_size(before)


def _told(violation: dict[str, Any]) -> str:
    elements = ", ".join(str(node["target"]) for node in violation["nodes"])
    return f"{violation['id']}: {violation['help']}: {elements}"


def _schemes(page: Page) -> Iterator[str]:
    for scheme in SCHEMES:
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        yield scheme
    page.emulate_media(color_scheme="light")


def _listen(context: BrowserContext, complaints: list[str]) -> None:
    """Notes errors of scripts and of the console, and requests that leave this machine."""
    context.on(
        "console",
        lambda said: (
            complaints.append(f"{said.text} {said.location['url']}")
            if said.type == "error"
            else None
        ),
    )
    context.on("weberror", lambda failed: complaints.append(str(failed.error)))
    context.on(
        "request",
        lambda request: (
            complaints.append(f"a request to {request.url}")
            if urlsplit(request.url).hostname not in (HOST, None)
            else None
        ),
    )
