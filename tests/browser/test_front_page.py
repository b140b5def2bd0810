"""The page at `/` of a local run, as somebody uses it who has just started one."""

import re

from playwright.sync_api import Locator, Page, expect

from dev.config import SHOPPER, STAFF
from tests.browser.chromium import accessible, shots
from tests.support.local_mesh import LocalMesh
from tests.support.mesh_under_test import Market
from tests.support.outages import stopped

MOST_BYTES = 100_000


def test_it_tells_how_all_is_and_where(page: Page, market: Market) -> None:
    loaded = opened(page, market)
    expect(page.get_by_role("status").first).to_have_text("all is ready")
    expect(row(page, "processes", "payment-worker")).to_contain_text("127.0.0.1")
    expect(row(page, "steps", "order").locator("td").nth(3)).to_have_text("0")
    assert page.get_by_role("link", name="Mailbox").get_attribute("href") == f"{market.at.mailbox}/"
    for username, password in (SHOPPER, STAFF):
        expect(row(page, "accounts", username)).to_contain_text(password)
    assert sum(loaded) < MOST_BYTES
    accessible(page)


def test_a_test_order_lights_each_hop_on_its_way(page: Page, market: Market) -> None:
    opened(page, market)
    page.get_by_label("Payment").focus()
    page.keyboard.press("Tab")  # all of it can be done by keyboard
    page.keyboard.press("Enter")
    expect(page.locator("#told")).to_contain_text("confirmed")
    for name in ("edge", "order", "user", "order-worker", "payment", "mail"):
        hop = page.locator(f"[data-hop={name}]")
        expect(hop).to_have_class("seen")
        expect(hop.get_by_role("status")).to_have_text(re.compile(r"^after [\d.]+ m?s$"))
    page.get_by_text("All that it caused").click()
    expect(page.get_by_text("CapturePayment OK")).to_be_visible()
    expect(page.locator("#orders tr").first).to_contain_text("confirmed")
    accessible(page)
    shots(page, "front")


def test_a_declined_card_is_seen_to_cancel_the_order(page: Page, market: Market) -> None:
    opened(page, market)
    page.get_by_label("Payment").select_option("pm_declined")
    page.get_by_role("button", name="Place a test order").click()
    expect(page.locator("#told")).to_contain_text("cancelled")
    expect(page.locator("[data-hop=mail]")).to_have_class("seen")


def test_it_says_what_does_not_run_and_how_to_start_it(
    page: Page, market: Market, mesh: LocalMesh
) -> None:
    opened(page, market)
    with stopped(mesh, market, "payment"):
        expect(page.get_by_role("status").first).to_have_text("not ready: payment")
        expect(row(page, "processes", "payment")).to_contain_text("make start NAME=payment")
    expect(page.get_by_role("status").first).to_have_text("all is ready")


def opened(page: Page, market: Market) -> list[int]:
    """Opens the page; returns the sizes of what it loaded of pages, scripts and styles."""
    loaded: list[int] = []
    kinds = ("document", "script", "stylesheet", "image")
    page.on(
        "response",
        lambda got: loaded.append(len(got.body())) if got.request.resource_type in kinds else None,
    )
    market.told.add(STAFF[1])
    page.goto(f"{market.at.edge}/")
    expect(page.locator("#product option")).not_to_have_count(0)
    return loaded


def row(page: Page, table: str, name: str) -> Locator:
    return page.locator(f"#{table} tr").filter(has=page.get_by_text(name, exact=True))
