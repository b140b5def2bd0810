"""The commands that open accounts."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from mesh.mail.models import Mail
from user_service.accounts import passwords
from user_service.accounts.authority import all_scopes
from user_service.accounts.models import User

pytestmark = pytest.mark.django_db
EVERY_SCOPE = all_scopes()


def output_of(*command: str) -> str:
    out = StringIO()
    call_command(*command, stdout=out)
    return out.getvalue()


def test_seeding_opens_an_account_of_staff_and_one_of_a_shopper_once() -> None:
    assert "opened" in output_of("seed")
    assert output_of("seed") == ""
    ada, staff = User.objects.order_by("username")
    assert (ada.username, ada.email, ada.staff_scopes) == ("ada", "ada@marketmesh.example", [])
    assert passwords.matches("correct horse battery staple", ada.password_hash)
    assert (staff.username, staff.email) == ("staff", "staff@marketmesh.example")
    assert staff.staff_scopes == EVERY_SCOPE
    assert {"catalog.write", "orders.read", "users.export"} < set(staff.staff_scopes)
    assert passwords.matches("staff password for development", staff.password_hash)
    assert not Mail.objects.exists()


def test_seeding_again_lets_staff_do_what_was_added_since() -> None:
    output_of("seed")
    staff = User.objects.exclude(staff_scopes=[])
    staff.update(staff_scopes=["orders.read"])
    output_of("seed")
    assert staff.get().staff_scopes == EVERY_SCOPE


def test_seeding_is_refused_in_production(settings: Settings) -> None:
    settings.MARKET_ENV = "production"
    with pytest.raises(CommandError, match="for development"):
        call_command("seed")
    assert not User.objects.exists()


def test_a_staff_account_may_do_everything_or_what_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("STAFF_PASSWORD", "a password that nobody guesses")
    call_command("createstaff", "boss", "boss@market.example", stdout=StringIO())
    reader = ("createstaff", "reader", "reader@market.example", "--scope", "orders.read")
    assert str(User.objects.get(username="boss").id) not in output_of(*reader)
    assert User.objects.get(username="boss").staff_scopes == EVERY_SCOPE
    assert User.objects.get(username="reader").staff_scopes == ["orders.read"]


@pytest.mark.parametrize(
    ("username", "email", "password", "complaint"),
    [
        ("-", "boss@market.example", "a password that nobody guesses", "username: "),
        ("boss", "nowhere", "a password that nobody guesses", "email: "),
        ("boss", "boss@market.example", "short", "password: "),
        ("boss", "boss@market.example", "password123", "too easy to guess"),
        ("taken", "boss@market.example", "a password that nobody guesses", "has this username"),
    ],
)
def test_a_staff_account_keeps_to_the_contract(
    monkeypatch: pytest.MonkeyPatch, username: str, email: str, password: str, complaint: str
) -> None:
    monkeypatch.setenv("STAFF_PASSWORD", "a password that nobody guesses")
    call_command("createstaff", "taken", "taken@market.example", stdout=StringIO())
    monkeypatch.setenv("STAFF_PASSWORD", password)
    with pytest.raises(CommandError, match=complaint):
        call_command("createstaff", username, email)
