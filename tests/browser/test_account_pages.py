"""The pages that mails link to, as somebody uses them who was sent a mail."""

import re

from playwright.sync_api import Page, expect

from tests.browser.chromium import accessible, shots
from tests.support.mesh_under_test import Market, Person

MUG = "MUG-BLUE"
NEW_PASSWORD = "a horse of another colour"


def test_the_button_of_a_mail_verifies_the_address_once(
    page: Page, market: Market, complaints: list[str]
) -> None:
    ada = market.register()
    link = link_in(market, ada, "welcome")
    page.goto(link)
    expect(page.get_by_role("status")).to_contain_text("Your address is verified")
    assert "token" not in page.url
    accessible(page)
    shots(page, "verify-email")
    assert market.get("/api/users/me/", ada).json()["email_verified"]
    page.goto("about:blank")
    page.goto(link)
    expect(page.get_by_role("status")).to_contain_text("was used before")
    expected(complaints, "400")


def test_the_button_of_a_mail_leads_to_a_new_password(
    page: Page, market: Market, complaints: list[str]
) -> None:
    market.told.add(NEW_PASSWORD)
    ada = market.register()
    page.goto(link_in(market, ada, "welcome"))
    expect(page.get_by_role("status")).to_contain_text("Your address is verified")
    market.post("/api/auth/password/reset/", json={"username": ada.username})
    page.goto(link_in(market, ada, "password"))
    assert "token" not in page.url
    page.get_by_label("New password").fill("password1234")
    page.get_by_role("button", name="Set it").click()
    expect(page.get_by_role("status")).to_contain_text("too easy to guess")
    expected(complaints, "400")
    accessible(page)
    shots(page, "reset-password")
    page.get_by_label("New password").fill(NEW_PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Your new password is set")
    expect(page.get_by_label("New password")).to_be_hidden()
    ada.password = NEW_PASSWORD
    market.sign_in(ada)


def test_the_button_of_a_mail_leads_to_the_order_of_who_signs_in(
    page: Page, market: Market, complaints: list[str]
) -> None:
    ada, eve = market.register(), market.register("eve")
    order = market.place_order(ada, MUG, quantity=2).json()["id"]
    link = link_in(market, ada, "confirmed")
    assert link.endswith(f"/account/orders/{order}")
    page.goto(link)
    sign_in(page, eve)
    expect(page.get_by_role("status")).to_have_text("This account has no such order.")
    expected(complaints, "404")
    page.goto(link)
    sign_in(page, ada)
    expect(page.locator("#state")).to_have_text("confirmed")
    expect(page.get_by_role("row", name=re.compile("^2 .*€25.80"))).to_be_visible()
    accessible(page)
    shots(page, "order")
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("#order")).to_be_hidden()
    expect(page.get_by_label("Name or e-mail address")).to_be_focused()


def test_a_link_without_its_token_says_so(page: Page, market: Market) -> None:
    for name in ("verify-email", "reset-password"):
        page.goto(f"{market.at.edge}/account/{name}")
        expect(page.get_by_role("status")).to_contain_text("incomplete")


def test_who_reads_german_is_asked_in_german(page: Page, market: Market) -> None:
    page.add_init_script("Object.defineProperty(navigator, 'language', {value: 'de-DE'})")
    page.goto(f"{market.at.edge}/account/orders/01a2245f-f458-7c3e-9d4b-5f1c2a7e8b90")
    expect(page.get_by_role("button", name="Anmelden")).to_be_visible()
    assert page.locator("html").get_attribute("lang") == "de"
    accessible(page)


def link_in(market: Market, person: Person, word: str) -> str:
    """Returns where the button of a mail leads."""
    mail = market.mail_about(person.email, word, within_s=60)
    text = market.http.get(f"{market.at.mailbox}/api/v1/message/{mail['ID']}").json()["Text"]
    (link,) = re.findall(r"^(http\S+)\s*$", text, re.MULTILINE)
    market.told |= {link.rpartition("=")[2]} if "=" in link else set()
    return str(link)


def sign_in(page: Page, person: Person) -> None:
    page.get_by_label("Name or e-mail address").fill(person.username)
    page.get_by_label("Password", exact=True).fill(person.password)
    page.get_by_role("button", name="Sign in").click()


def expected(complaints: list[str], status: str) -> None:
    """Takes the one complaint out that Chromium makes of a status."""
    (complaint,) = complaints
    assert status in complaint
    complaints.clear()
