"""The pages about the API, in a browser."""

from playwright.sync_api import Page, expect

from tests.browser.chromium import accessible, shots
from tests.support.mesh_under_test import Market


def test_the_page_of_errors_shows_the_one_that_a_problem_links_to(
    page: Page, market: Market
) -> None:
    page.goto(f"{market.at.edge}/api/docs/errors/#TOKEN_MISSING")
    expect(page.get_by_text("TOKEN_MISSING")).to_be_in_viewport()
    accessible(page)
    shots(page, "errors")
