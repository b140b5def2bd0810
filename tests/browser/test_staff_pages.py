"""The pages for staff, as somebody uses them who is on duty."""

import json

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import accessible, shots
from tests.support.local_mesh import LocalMesh
from tests.support.mesh_under_test import STAFF, Market

LISTS = {
    "USER": ("accounts/user", "sessions/session"),
    "ORDER": ("orders/order", "catalog/product", "outbox/step", "mail/mail", "admin/logentry"),
    "PAYMENT": ("payments/payment",),
}


@pytest.fixture
def sites(mesh: LocalMesh, market: Market) -> dict[str, str]:
    market.told.add(STAFF[1])
    ports = json.loads(mesh.ready.read_text())["ports"]
    return {service: f"http://127.0.0.1:{ports[f'{service}_ADMIN_PORT']}" for service in LISTS}


@pytest.fixture
def staff(page: Page, sites: dict[str, str]) -> Page:
    page.goto(f"{sites['ORDER']}/orders/order/")
    page.get_by_label("Username").fill(STAFF[0])
    page.get_by_label("Password").fill(STAFF[1])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Orders")).to_be_visible()
    return page


def looked_at(page: Page, complaints: list[str], name: str) -> None:
    shots(page, name)
    assert complaints == []
    accessible(page)
    complaints.clear()  # axe-core itself sets styles, which the pages' policy refuses


def test_an_order_leads_to_its_customer_and_its_payment_and_is_handed_over_once(
    staff: Page, complaints: list[str], market: Market
) -> None:
    ada = market.register()
    order_id = market.place_order(ada, "MUG-BLUE").json()["id"]
    market.order_at_rest(ada, order_id, within_s=60)
    staff.get_by_label("Find by id").fill(order_id)
    staff.keyboard.press("Enter")
    expect(staff.locator(".field-badge .badge")).to_have_text("Confirmed")
    looked_at(staff, complaints, "staff-an-order")
    staff.get_by_role("button", name="Mark as handed over").click()
    staff.get_by_role("button", name="Mark as handed over").click()
    expect(staff.locator(".messagelist")).to_contain_text("was handed over.")
    expect(staff.get_by_role("button", name="Cancel")).to_have_count(0)
    expect(staff.get_by_role("region", name="What staff did")).to_contain_text(STAFF[0])
    order = staff.url
    staff.locator(".field-payment a").click()
    expect(staff.locator(".field-badge .badge")).to_have_text("Captured")
    staff.get_by_role("button", name="Pay back").click()
    looked_at(staff, complaints, "staff-pay-back")
    staff.goto(order)
    staff.get_by_role("link", name=ada.username).click()
    expect(staff.get_by_role("heading", name=f"User {ada.username}")).to_be_visible()
    looked_at(staff, complaints, "staff-a-user")


def test_the_first_page_of_each_service_and_every_list_can_be_used(
    staff: Page, complaints: list[str], sites: dict[str, str]
) -> None:
    for service, lists in LISTS.items():
        staff.goto(sites[service])
        expect(staff.locator(".tiles")).to_contain_text("steps parked")
        looked_at(staff, complaints, f"staff-{service.lower()}")
        for path in lists:
            staff.goto(f"{sites[service]}/{path}/")
            expect(staff.get_by_role("navigation", name="Pages")).to_be_visible()
            looked_at(staff, complaints, f"staff-{path.replace('/', '-')}")


def test_signing_in_can_be_done_by_keyboard(
    page: Page, complaints: list[str], sites: dict[str, str]
) -> None:
    page.goto(sites["PAYMENT"])
    looked_at(page, complaints, "staff-sign-in")
    page.keyboard.type(STAFF[0])
    page.keyboard.press("Tab")
    page.keyboard.type(STAFF[1])
    page.keyboard.press("Enter")
    expect(page.locator(".tiles")).to_contain_text("revenue")
    assert page.url == f"{sites['PAYMENT']}/"
