"""One sign-in for all pages: how a browser comes in, and how somebody else's does not."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from pytest_django import Settings

from mesh.admin.models import Staff
from mesh.admin.tests.test_signing_in import a_minute_passes, is_in, sign_in
from mesh.admin.tests.toy_accounts import ToyAccounts
from mesh.rpc.client import forget_channels
from mesh.testing.browser import text_of, trail

Accounts = type[ToyAccounts]
ISSUER, ORDERS = "user_service", "order_service"
SITES = {ISSUER: "https://testserver:1", ORDERS: "https://testserver:2"}


@pytest.fixture(autouse=True)
def two_sites(settings: Settings) -> None:
    settings.ADMIN_SITES = SITES


@contextmanager
def at_the_issuer(settings: Settings) -> Iterator[None]:
    """Has this process be the issuer, to the services that it calls as well."""
    settings.SERVICE = ISSUER
    forget_channels()
    yield
    settings.SERVICE = ORDERS
    forget_channels()


@pytest.fixture
def issuing(accounts: Accounts, settings: Settings) -> Client:
    """A browser that is signed in at the pages of the service that signs users in."""
    browser = Client()
    with at_the_issuer(settings):
        sign_in(browser)
    return browser


def asked(browser: Client, target: str = "/outbox/step/") -> str:
    """Returns where a browser is sent that wants to see a page."""
    return str(browser.get("/login/", {"next": target})["Location"])


def code_for(issuing: Client, url: str, settings: Settings) -> str:
    """Returns the address to which the issuer sends the browser back."""
    with at_the_issuer(settings):
        return str(issuing.get(_path(url))["Location"])


def _path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def test_who_is_signed_in_there_comes_in_here_without_a_form(
    issuing: Client, settings: Settings, accounts: Accounts
) -> None:
    browser = Client()
    to = asked(browser)
    assert to.startswith("https://testserver:1/authorize/?service=order_service&")
    back = code_for(issuing, to, settings)
    assert back.startswith("https://testserver:2/arrive/?code=")
    assert browser.get(_path(back))["Location"] == "/outbox/step/"
    assert is_in(browser)
    assert trail() == ["Signed in", "Signed in"]
    assert f"user-{str(accounts.user_id)[-4:]}" in text_of(browser.get("/"))


def test_who_is_not_signed_in_there_signs_in_there_and_goes_on(
    accounts: Accounts, settings: Settings
) -> None:
    browser, issuing = Client(), Client()
    to = _path(asked(browser))
    with at_the_issuer(settings):
        form = issuing.get(to)["Location"]
        assert form.startswith("/login/?next=/authorize/")
        (target,) = parse_qs(urlsplit(form).query)["next"]
        assert sign_in(issuing, target=target)["Location"] == to
    back = code_for(issuing, to, settings)
    browser.get(_path(back))
    assert is_in(browser)


def test_a_code_in_another_browser_lets_nobody_in(issuing: Client, settings: Settings) -> None:
    back = code_for(issuing, asked(Client()), settings)
    stranger = Client()
    response = stranger.get(_path(back))
    assert response.status_code == 403
    assert "did not ask to sign in here" in text_of(response)
    assert not is_in(stranger)


def test_a_code_that_another_browser_asked_for_lets_nobody_in(
    issuing: Client, settings: Settings
) -> None:
    """Such as the attacker's own, sent to a victim to make it work in the attacker's name."""
    back = code_for(issuing, asked(Client()), settings)
    victim = Client()
    asked(victim)
    assert "This verifier is not" in text_of(victim.get(_path(back)))
    assert not is_in(victim)


def test_a_cookie_that_was_made_up_is_none(issuing: Client, settings: Settings) -> None:
    browser = Client()
    back = code_for(issuing, asked(browser), settings)
    browser.cookies["order_service_asked"] = browser.cookies["order_service_asked"].value[:-1] + "x"
    assert browser.get(_path(back)).status_code == 403
    assert not is_in(browser)


@pytest.mark.parametrize(
    "query",
    [
        {"service": "evil_service", "code_challenge": "A" * 43},
        {"service": "https://evil.example", "code_challenge": "A" * 43},
        {"service": ORDERS, "code_challenge": "A" * 42},
        {"service": ORDERS, "code_challenge": "A" * 43 + "&x=1"},
        {"service": ORDERS},
        {},
    ],
)
def test_browsers_are_sent_nowhere_but_to_the_services_pages(
    issuing: Client, settings: Settings, query: dict[str, str]
) -> None:
    with at_the_issuer(settings):
        response = issuing.get("/authorize/", query)
    assert (response.status_code, response.headers.get("Location")) == (403, None)


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_coming_in_leads_to_no_other_site(issuing: Client, settings: Settings, target: str) -> None:
    browser = Client()
    back = code_for(issuing, asked(browser, target), settings)
    assert browser.get(_path(back))["Location"] == "/"


def test_only_the_service_that_signs_users_in_gives_codes(issuing: Client) -> None:
    query = {"service": ORDERS, "code_challenge": "A" * 43}
    assert issuing.get("/authorize/", query).status_code == 403


def test_a_session_that_has_ended_gets_no_code_and_is_signed_out(
    issuing: Client, settings: Settings, accounts: Accounts
) -> None:
    accounts.revoked.add("first")
    to = asked(Client())
    assert code_for(issuing, to, settings).startswith("/login/?next=/authorize/")
    with at_the_issuer(settings):
        assert not is_in(issuing)


def test_signing_out_here_ends_the_session_that_was_joined(
    issuing: Client, settings: Settings, accounts: Accounts
) -> None:
    browser = Client()
    browser.get(_path(code_for(issuing, asked(browser), settings)))
    browser.post("/logout/")
    assert accounts.revoked == {"joined"}


def test_staff_of_another_service_only_is_refused_here_and_stays_in_there(
    issuing: Client, settings: Settings, accounts: Accounts
) -> None:
    accounts.scopes = ("payments.read",)
    browser = Client()
    response = browser.get(_path(code_for(issuing, asked(browser), settings)))
    assert "not staff of this service" in text_of(response)
    assert not is_in(browser)
    assert accounts.revoked == set()


def test_staff_of_another_service_signs_in_where_accounts_are_and_sees_no_page_there(
    accounts: Accounts, settings: Settings
) -> None:
    accounts.scopes = ("orders.read",)
    browser = Client()
    with at_the_issuer(settings):
        sign_in(browser)
        shown: Any = browser.get("/login/")
        assert "has no pages here" in text_of(shown)
        assert 'href="https://testserver:2/"' in shown.content.decode()
        a_minute_passes(browser)
        assert browser.get("/outbox/step/").status_code == 302
    assert Staff.objects.get().scopes == ["orders.read"]


def test_a_customer_signs_in_nowhere(accounts: Accounts, settings: Settings) -> None:
    accounts.scopes = ()
    with at_the_issuer(settings):
        assert "not staff of this service" in text_of(sign_in(Client()))
    assert accounts.revoked == {"first"}


def test_a_browser_at_another_name_of_this_site_begins_where_it_will_come_back(
    settings: Settings,
) -> None:
    settings.ADMIN_SITES = {ISSUER: "https://users.example", ORDERS: "https://orders.example:2"}
    to = asked(Client())
    assert to == "https://orders.example:2/login/?next=%2Foutbox%2Fstep%2F"


def test_while_the_issuer_s_pages_are_away_the_form_is_here_for_the_asking(
    accounts: Accounts,
) -> None:
    browser = Client()
    assert "Password" in text_of(browser.get("/login/?here"))
    sign_in(browser)
    assert is_in(browser)


def test_forms_may_lead_to_the_pages_of_the_services_and_to_no_others(accounts: Accounts) -> None:
    policy = Client().get("/login/?here").headers["Content-Security-Policy"]
    assert f"form-action 'self' {' '.join(SITES.values())};" in policy
