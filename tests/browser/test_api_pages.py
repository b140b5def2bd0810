"""The pages about the API, in a browser."""

import re

from playwright.sync_api import Locator, Page, expect

from dev.config import SHOPPER
from tests.browser.chromium import accessible, shots
from tests.support.mesh_under_test import Market

MUG = "MUG-BLUE"
SECTIONS = ["Catalog", "Accounts", "Signing in", "Orders", "Payments"]


def test_operations_are_in_the_order_of_a_story_with_samples_and_a_search(
    page: Page, market: Market
) -> None:
    opened(page, market)
    links = page.get_by_role("link").all_inner_texts()
    assert [link for link in links if link in SECTIONS] == SECTIONS
    for language in ("Shell", "Python", "JavaScript", "Go"):
        expect(page.get_by_role("tab", name=language)).to_be_visible()
    page.keyboard.press("Control+k")
    page.keyboard.type("refund")
    expect(page.get_by_role("option", name=re.compile("Pays back")).first).to_be_visible()
    page.keyboard.press("Escape")
    accessible(page)
    shots(page, "api")


def test_somebody_signs_in_and_sends_the_example_of_an_order_as_it_stands(
    page: Page, market: Market
) -> None:
    opened(page, market, "#tag/order/POST/api/orders")
    sign_in(page, market)
    dialog = client(page, "post /api/orders")
    dialog.get_by_role("button", name="Send").first.click()
    expect(dialog.get_by_text("201", exact=False).first).to_be_visible()
    expect(dialog.get_by_text("ORDER_STATE_PENDING").first).to_be_visible()


def test_events_are_shown_while_their_stream_is_open(page: Page, market: Market) -> None:
    ada = market.register()
    order = market.place_order(ada, MUG).json()["id"]
    opened(page, market, "#tag/order/GET/api/orders/{order_id}/events")
    sign_in(page, market, ada.username)
    dialog = client(page, "get /api/orders/{order_id}/events")
    dialog.get_by_label("Value").first.click()
    page.keyboard.type(order)
    dialog.get_by_role("button", name="Send").first.click()
    expect(dialog.get_by_text("ORDER_STATE_CONFIRMED").first).to_be_visible()


def test_a_session_is_renewed_before_it_ends_and_ended_by_signing_out(
    page: Page, market: Market
) -> None:
    page.clock.install()
    opened(page, market)
    sign_in(page, market)
    with page.expect_response("**/api/auth/token/refresh/") as renewed:
        page.clock.fast_forward("04:01")  # of the five minutes that a token is good for
    assert renewed.value.ok
    expect(page.locator("#signed-in")).to_contain_text(SHOPPER[0])
    with page.expect_response("**/api/auth/token/revoke/") as ended:
        page.get_by_role("button", name="Sign out").click()
    assert ended.value.ok
    expect(page.get_by_label("Name", exact=True)).to_be_focused()


def test_a_wrong_password_is_said_beside_it(
    page: Page, market: Market, complaints: list[str]
) -> None:
    opened(page, market)
    enter(page, "nobody-of-that-name", "a wrong password")
    expect(page.locator("#told")).not_to_be_empty()
    (complaint,) = complaints
    assert "401" in complaint
    complaints.clear()


def test_the_page_of_errors_shows_the_one_that_a_problem_links_to(
    page: Page, market: Market
) -> None:
    page.goto(f"{market.at.edge}/api/docs/errors/#OUT_OF_STOCK")
    expect(page.get_by_role("heading", name="OUT_OF_STOCK")).to_be_in_viewport()
    told = page.locator("#OUT_OF_STOCK")
    expect(told).to_contain_text("FAILED_PRECONDITION")
    told.get_by_text("Example").click()
    expect(told).to_contain_text('"status": 400')
    accessible(page)
    page.get_by_label("Search").fill("429 unavailable")
    expect(page.locator("#count")).to_have_text("0 found")
    page.get_by_label("Search").fill("503")
    expect(page.get_by_role("heading", name="OUT_OF_STOCK")).to_be_hidden()
    expect(page.get_by_role("heading", name="SERVICE_UNAVAILABLE").first).to_be_visible()
    page.get_by_label("Search").fill("")
    shots(page, "errors")


def opened(page: Page, market: Market, place: str = "") -> None:
    page.goto(f"{market.at.edge}/api/docs/{place}")
    expect(page.get_by_role("link", name="Catalog").first).to_be_visible()


def sign_in(page: Page, market: Market, username: str = SHOPPER[0]) -> None:
    market.told.add(SHOPPER[1])
    enter(page, username, SHOPPER[1])
    expect(page.locator("#signed-in")).to_contain_text(username)


def enter(page: Page, username: str, password: str) -> None:
    page.get_by_label("Name", exact=True).fill(username)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()


def client(page: Page, operation: str) -> Locator:
    """Opens what sends an operation's requests."""
    page.get_by_role("button", name=f"Test Request ({operation})").click()
    return page.get_by_role("dialog")
