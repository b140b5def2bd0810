"""Signing in to the pages, staying signed in, and being signed out."""

import time
from typing import Any

import pytest
from django.test import Client

from mesh.admin import auth_client
from mesh.admin.models import SignIn, Staff
from mesh.admin.tests.toy_accounts import PASSWORD, ToyAccounts
from mesh.testing.browser import text_of, trail

Accounts = type[ToyAccounts]


def sign_in(
    browser: Client,
    password: str = PASSWORD,
    login: str = "boss",
    code: str = "",
    target: str = "/",
) -> Any:
    answers = {"username": login, "password": password, "code": code, "next": target}
    return browser.post("/login/", answers)


def is_in(browser: Client) -> bool:
    return browser.get("/").status_code == 200


def a_minute_passes(browser: Client) -> None:
    """Since the account was last asked about."""
    session = browser.session
    session["asked_s"] = time.time() - 61
    session.save()


def read_revocations() -> None:
    """As the process of the pages does each second."""
    poll = auth_client.keys()._poll
    assert poll is not None
    poll.read()


@pytest.fixture
def browser(accounts: Accounts) -> Client:
    signed_in = Client()
    response = sign_in(signed_in)
    assert response.status_code == 302, text_of(response)
    return signed_in


def test_nobody_sees_anything_before_signing_in(accounts: Accounts) -> None:
    response = Client().get("/outbox/step/")
    assert (response.status_code, response["Location"]) == (302, "/login/?next=/outbox/step/")


def test_staff_signs_in_with_the_account_of_the_market(browser: Client, accounts: Accounts) -> None:
    assert is_in(browser)
    assert Staff.objects.get().id == accounts.user_id
    assert trail() == ["Signed in"]


@pytest.mark.parametrize(
    "target",
    [
        "",
        "https://evil.example/",
        "//evil.example/",
        "///evil.example",
        "/\\evil.example/",
        "\\\\evil.example",
        "https:evil.example",
        "http:///evil.example",
        "javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,x",
        " https://evil.example",
    ],
)
def test_a_sign_in_leads_to_the_first_page_when_it_was_asked_to_lead_elsewhere(
    accounts: Accounts, target: str
) -> None:
    browser = Client()
    asked = browser.get("/login/", {"next": target})
    assert "evil" not in text_of(asked)
    response = sign_in(browser, target=target)
    assert (response.status_code, response["Location"]) == (302, "/")


@pytest.mark.parametrize("target", ["/outbox/step/", "/outbox/step/?q=1", "/no/such/page/"])
def test_a_sign_in_leads_on_to_where_it_was_asked_for_on_this_site(
    accounts: Accounts, target: str
) -> None:
    assert sign_in(Client(), target=target)["Location"] == target


@pytest.mark.parametrize(
    ("login", "code", "asked"),
    [
        ("boss", "", {"username": "boss"}),
        ("boss@market.example", "", {"email": "boss@market.example"}),
        ("boss", "123456", {"username": "boss", "totp_code": "123456"}),
        (
            "boss",
            "ABCD-EFGH-2345-WXYZ",
            {"username": "boss", "recovery_code": "ABCD-EFGH-2345-WXYZ"},
        ),
    ],
)
def test_what_is_entered_is_asked_of_who_keeps_accounts(
    accounts: Accounts, login: str, code: str, asked: dict[str, str]
) -> None:
    sign_in(Client(), login=login, code=code)
    (request,) = accounts.asked
    given = {field.name: value for field, value in request.ListFields()}
    assert given == asked | {"password": PASSWORD}


def test_a_wrong_password_is_answered_with_what_the_service_says(accounts: Accounts) -> None:
    browser = Client()
    response = sign_in(browser, password="a guess")
    assert "No account matches this login and password" in text_of(response)
    assert not is_in(browser)


def test_an_account_without_a_scope_of_this_service_is_refused_and_its_session_ends(
    accounts: Accounts,
) -> None:
    accounts.scopes = ("payments.read",)
    browser = Client()
    assert "not staff of this service" in text_of(sign_in(browser))
    assert not is_in(browser)
    assert accounts.revoked == {"first"}


def test_signing_out_ends_the_session_everywhere(browser: Client, accounts: Accounts) -> None:
    browser.post("/logout/")
    assert not is_in(browser)
    assert accounts.revoked == {"first"}
    assert not SignIn.objects.exists()


def test_whose_session_was_ended_elsewhere_is_out_within_a_minute(
    browser: Client, accounts: Accounts
) -> None:
    accounts.revoked.add("first")
    assert is_in(browser)
    a_minute_passes(browser)
    assert not is_in(browser)
    assert not SignIn.objects.exists()


def test_who_was_locked_is_out_as_soon_as_the_list_says_so_and_nobody_is_asked(
    browser: Client, accounts: Accounts
) -> None:
    accounts.token_version = 2
    assert is_in(browser)
    read_revocations()
    accounts.away = True
    assert not is_in(browser)
    assert not SignIn.objects.exists()


def test_who_signs_in_again_after_a_new_password_stays_in(
    browser: Client, accounts: Accounts
) -> None:
    accounts.token_version = 2
    read_revocations()
    assert not is_in(browser)
    sign_in(browser)
    assert is_in(browser)
    a_minute_passes(browser)
    assert is_in(browser)


def test_who_lost_its_scopes_is_out_and_who_lost_some_may_do_less(
    browser: Client, accounts: Accounts
) -> None:
    accounts.scopes = ("orders.read",)
    a_minute_passes(browser)
    assert is_in(browser)
    assert Staff.objects.get().scopes == ["orders.read"]
    accounts.scopes = ()
    a_minute_passes(browser)
    assert not is_in(browser)


def test_the_refresh_token_moves_on_with_each_asking(browser: Client, accounts: Accounts) -> None:
    a_minute_passes(browser)
    assert is_in(browser)
    assert browser.session["refresh_token"] == "next"


def test_while_nobody_can_be_asked_what_was_last_heard_holds(
    browser: Client, accounts: Accounts
) -> None:
    accounts.away = True
    a_minute_passes(browser)
    assert is_in(browser)
    accounts.revoked.add("first")
    accounts.away = False
    assert not is_in(browser)


def test_a_stolen_database_lets_nobody_in(browser: Client) -> None:
    (row,) = SignIn.objects.all()
    cookie = browser.cookies["toy_staff"].value
    assert cookie not in row.session_key + row.session_data
    assert "first" not in row.session_data
    thief = Client()
    thief.cookies["toy_staff"] = row.session_key
    assert not is_in(thief)


def test_a_session_of_before_the_secret_was_changed_is_no_session(
    browser: Client, settings: Any
) -> None:
    settings.SECRET_KEY = "another secret, as long as the first one was"
    assert not is_in(browser)


def test_a_form_from_another_site_is_refused(browser: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = browser.cookies
    assert strict.post("/logout/").status_code == 403
    assert is_in(browser)
