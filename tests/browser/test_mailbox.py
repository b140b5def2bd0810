"""The mailbox page, as somebody uses it who waits for a mail."""

from playwright.sync_api import Page, expect

from tests.browser.chromium import accessible, shots
from tests.support.mesh_under_test import Market


def test_a_mail_is_found_read_in_each_form_and_deleted_alone(page: Page, market: Market) -> None:
    ada, bob = market.register(), market.register()
    for person in (ada, bob):
        market.mail_about(person.email, "welcome", within_s=60)
    page.goto(market.at.mailbox)
    page.get_by_label("Search").fill(f"to:{ada.email}")
    found = page.locator("#list a")
    expect(found).to_have_count(1)
    expect(found).to_have_class("unread")
    shots(page, "mailbox")
    accessible(page)
    found.click()
    expect(found).not_to_have_class("unread")
    for form in ("HTML", "Text", "Source", "Headers"):
        page.get_by_role("tab", name=form).click()
        expect(page.get_by_role("tab", name=form)).to_have_attribute("aria-selected", "true")
        accessible(page)
        shots(page, f"mailbox-{form.lower()}")
    page.reload()
    expect(page.locator("dd", has_text=ada.email).first).to_be_visible()
    page.get_by_label("Search").fill(f"to:{ada.email}")
    expect(found).to_have_count(1)
    page.get_by_role("button", name="Delete…").click()
    page.get_by_role("button", name="Keep").click()
    expect(found).to_have_count(1)
    page.get_by_role("button", name="Delete…").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(found).to_have_count(0)
    page.get_by_label("Search").fill(f"to:{bob.email}")
    expect(found).to_have_count(1)
