"""The pages for staff of a running mesh, as a browser sees them."""

import html
import json
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx
import pytest

from dev.supervisor.lines import event_of
from tests.support.local_mesh import LocalMesh
from tests.support.mesh_under_test import STAFF, Market, Person
from tests.support.waiting import eventually

SERVICES = ("USER", "ORDER", "PAYMENT")
PAGES = {
    "USER": ("accounts/user", "sessions/session"),
    "ORDER": ("orders/order", "catalog/product"),
    "PAYMENT": ("payments/payment",),
}
OF_ALL = ("outbox/step", "mail/mail", "admin/logentry")
_REQUEST = re.compile(r'Cancel <span class="id request" title="request ([0-9a-f-]{36})"')
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


class Browser:
    """A browser that sends forms as they came, with what a person enters."""

    def __init__(self, url: str, opened: ExitStack) -> None:
        self._http = opened.enter_context(
            httpx.Client(base_url=url, timeout=20, follow_redirects=True)
        )
        self.shown = self._http.get("/")

    def look(self, path: str) -> httpx.Response:
        self.shown = self._http.get(path)
        return self.shown

    def send(self, path: str, **answers: str) -> httpx.Response:
        """Sends the form that is shown; returns the page that follows."""
        hidden = _HIDDEN.findall(self.shown.text)
        form = {name: html.unescape(value) for name, value in hidden} | answers
        self.shown = self._http.post(path, data=form)
        return self.shown

    def sign_in(self, username: str, password: str) -> httpx.Response:
        """Sends the form to the service that shows it, which may be another one."""
        return self.send(str(self.shown.url), username=username, password=password)


@contextmanager
def browser(mesh: LocalMesh, service: str) -> Iterator[Browser]:
    with ExitStack() as opened:
        yield Browser(site_of(mesh, service), opened)


def site_of(mesh: LocalMesh, service: str) -> str:
    port = json.loads(mesh.ready.read_text())["ports"][f"{service}_ADMIN_PORT"]
    return f"http://127.0.0.1:{port}"


@pytest.mark.parametrize("service", SERVICES)
def test_staff_of_the_market_signs_in_at_each_service_and_sees_its_pages(
    market: Market, mesh: LocalMesh, service: str
) -> None:
    market.told.add(STAFF[1])
    with browser(mesh, service) as staff:
        assert staff.shown.url.path == "/login/"
        assert staff.sign_in(*STAFF).url.path == "/"
        for page in (*PAGES[service], *OF_ALL):
            assert staff.look(f"/{page}/").status_code == 200
        for asset in ("admin/css/base.css", "mesh_admin/staff.css"):
            assert staff.look(f"/static/{asset}").status_code == 200


def test_who_signed_in_at_one_service_is_signed_in_at_all_and_out_of_all(
    market: Market, mesh: LocalMesh
) -> None:
    market.told.add(STAFF[1])
    sites = [site_of(mesh, service) for service in SERVICES]
    with browser(mesh, "ORDER") as staff:
        staff.sign_in(*STAFF)
        for site in sites:
            assert str(staff.look(f"{site}/outbox/step/").url) == f"{site}/outbox/step/"
        staff.look(sites[2])
        assert "ends at the pages of the other services" in staff.send(f"{sites[2]}/logout/").text
        assert staff.look(sites[2]).url.path == "/login/"


@pytest.mark.parametrize("service", SERVICES)
def test_a_customer_is_let_in_nowhere(market: Market, mesh: LocalMesh, service: str) -> None:
    ada = market.register()
    with browser(mesh, service) as customer:
        assert "not staff of this service" in customer.sign_in(ada.username, ada.password).text
        assert customer.look("/outbox/step/").url.path == "/login/"


def test_an_order_cancelled_on_its_page_is_paid_back(market: Market, mesh: LocalMesh) -> None:
    ada = market.register()
    order_id = a_paid_order(market, ada)
    with browser(mesh, "ORDER") as staff:
        staff.sign_in(*STAFF)
        staff.look(f"/orders/order/{order_id}/change/")
        asked = staff.send("/orders/order/", action="cancel", _selected_action=order_id)
        assert "Cancel: order " in asked.text
        done = staff.send("/orders/order/", confirmed="Yes")
        assert done.url.path == f"/orders/order/{order_id}/change/"
        named = _REQUEST.search(staff.look(f"/admin/logentry/?q={order_id}").text)
    assert market.order_at_rest(ada, order_id, within_s=30)["state"] == "ORDER_STATE_REFUNDED"
    market.mail_about(ada.email, "refunded", within_s=30)
    assert named is not None
    assert {"page", "staff_acted", "step_done", "rpc"} <= logged(mesh, named[1])


def logged(mesh: LocalMesh, request_id: str) -> set[str]:
    """Returns the events that the logs of all processes have of a request."""
    lines = (line for log in mesh.var.glob("*.log") for line in log.read_text().splitlines())
    told = (event for line in lines if (event := event_of(line)))
    return {event["event"] for event in told if event.get("request_id") == request_id}


def test_a_payment_paid_back_on_its_page_ends_its_order(market: Market, mesh: LocalMesh) -> None:
    ada = market.register()
    order_id = a_paid_order(market, ada)
    payment_id = market.get(f"/api/orders/{order_id}/", ada).json()["payment_id"]
    with browser(mesh, "PAYMENT") as staff:
        staff.sign_in(*STAFF)
        staff.look(f"/payments/payment/{payment_id}/change/")
        staff.send("/payments/payment/", action="refund", _selected_action=payment_id)
        assert "Pay back: payment " in staff.shown.text
        staff.send("/payments/payment/", confirmed="Yes")

    def ended() -> bool:
        order = market.get(f"/api/orders/{order_id}/", ada).json()
        return bool(order["state"] == "ORDER_STATE_REFUNDED")

    assert eventually(ended, within_s=30)
    market.mail_about(ada.email, "refunded", within_s=30)
    with browser(mesh, "ORDER") as staff:
        staff.sign_in(*STAFF)
        shown = staff.look(f"/orders/order/{order_id}/change/").text
        assert "Refunded" in shown
        assert "Mark as handed over" not in shown


def a_paid_order(market: Market, person: Person) -> str:
    order_id: str = market.place_order(person, "MUG-BLUE").json()["id"]
    assert market.order_at_rest(person, order_id, within_s=30)["state"] == "ORDER_STATE_CONFIRMED"
    return order_id
