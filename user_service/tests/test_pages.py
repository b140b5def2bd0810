"""The pages of accounts and their sessions."""

import pytest

from mesh.testing.browser import Browser, signed_in, text_of, trail
from user_service.accounts.models import User
from user_service.sessions.actions import begin_session
from user_service.sessions.models import Session
from user_service.tests.accounts import a_staff_account, an_account, lock

pytestmark = pytest.mark.django_db
READ, WRITE = "users.read", "users.write"


@pytest.fixture
def staff() -> Browser:
    return signed_in(READ, WRITE, staff_id=a_staff_account(READ, WRITE).id)


@pytest.fixture
def ada() -> User:
    return an_account()


@pytest.fixture
def session(ada: User) -> Session:
    begin_session(user=ada)
    return Session.objects.select_related("user").get()


def test_an_account_is_shown_without_its_password(staff: Browser, ada: User) -> None:
    shown = text_of(staff.page(ada))
    assert "ada@people.example" in shown
    assert ada.password_hash not in shown
    assert "argon2" not in shown


@pytest.mark.parametrize(("term", "found"), [("ADA", 2), ("ADAM", 1), ("Ada@People", 1), ("%", 0)])
def test_an_account_is_found_by_how_its_name_or_address_begins(
    staff: Browser, ada: User, term: str, found: int
) -> None:
    an_account("adam")
    assert f"{found} user" in text_of(staff.listing(User, q=term))


@pytest.mark.parametrize("column", ["username", "email"])
def test_how_a_name_begins_is_looked_up_by_an_index(ada: User, column: str) -> None:
    found = User.objects.filter(**{f"{column}__lower__startswith": "ad"}).order_by()
    assert f"accounts_user_{column}_begins" in found.explain()


def test_only_what_fits_an_account_is_offered(staff: Browser, ada: User) -> None:
    assert staff.page(ada).context["row_actions"] == [("lock", "Lock")]
    lock(ada)
    assert staff.page(ada).context["row_actions"] == [("unlock", "Unlock")]


def test_an_account_is_locked_and_unlocked(staff: Browser, ada: User) -> None:
    staff.do("lock", ada)
    ada.refresh_from_db()
    assert (ada.lock_time is not None, ada.token_version) == (True, 2)
    staff.do("unlock", ada)
    ada.refresh_from_db()
    assert ada.lock_time is None
    assert trail() == ["Lock", "Unlock"]


def test_nobody_unlocks_its_own_account(ada: User) -> None:
    lock(ada)
    (told,) = signed_in(READ, WRITE, staff_id=ada.id).do("unlock", ada)
    assert told.endswith("another one of staff has to unlock this account")
    ada.refresh_from_db()
    assert ada.lock_time is not None
    assert trail() == ["Unlock: refused, OWN_ACCOUNT"]


def test_a_session_is_revoked_once(staff: Browser, session: Session) -> None:
    assert "Live" in text_of(staff.listing(Session, q=session.user_id))
    staff.do("revoke", session)
    assert "Revoked" in text_of(staff.page(session))
    (told,) = staff.do("revoke", session)
    assert told.endswith("there is no such session")
    assert trail() == ["Revoke", "Revoke: refused, SESSION_NOT_FOUND"]


def test_a_session_says_that_a_lock_ended_it(staff: Browser, session: Session) -> None:
    staff.do("lock", session.user)
    assert "Ended by a new password or a lock" in text_of(staff.page(session))


def test_staff_does_nothing_to_an_account_that_may_more(staff: Browser) -> None:
    chief = a_staff_account(name="chief")
    begin_session(user=chief)
    staff.do("lock", chief)
    staff.do("unlock", chief)
    staff.do("revoke", Session.objects.get())
    chief.refresh_from_db()
    assert (chief.lock_time, Session.objects.get().revoked_time) == (None, None)
    assert {entry.partition(": ")[2] for entry in trail()} == {"refused, STAFF_SCOPES_INSUFFICIENT"}


def test_who_may_only_read_accounts_changes_none(ada: User) -> None:
    signed_in(READ).do("lock", ada)
    ada.refresh_from_db()
    assert (ada.lock_time, trail()) == (None, [])
