"""A browser for all tests of pages, and a page for each."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.chromium import launched, opened


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    with launched() as browser:
        yield browser


@pytest.fixture
def complaints() -> list[str]:
    """Returns what pages complain of; a test that provokes an error takes it out of the list."""
    return []


@pytest.fixture
def page(chromium: Browser, complaints: list[str]) -> Iterator[Page]:
    """Yields a page that must show no error in its console and call no other machine."""
    with opened(chromium, complaints) as page:
        yield page
    assert complaints == []
