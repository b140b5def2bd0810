"""What all pages promise, seen at those of the kit."""

from http import HTTPStatus

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from mesh.admin import model_admin
from mesh.admin.cells import short
from mesh.admin.models import Staff
from mesh.admin.settings import admin
from mesh.admin.tests.conftest import OWN_SCOPES
from mesh.mail.actions import queue_mail
from mesh.mail.models import Mail
from mesh.outbox.models import Step
from mesh.testing.browser import Browser, signed_in, text_of
from mesh.tests.toy.outbox import enqueue_one
from mesh.tests.toy.recipients import SOMEBODY

pytestmark = pytest.mark.django_db
FORBIDDEN = HTTPStatus.FORBIDDEN


@pytest.fixture
def browser() -> Browser:
    return signed_in(*OWN_SCOPES)


def a_mail(number: int = 1) -> Mail:
    return Mail.objects.create(dedup_key=f"greeting:{number}", user_id=SOMEBODY, template="toy")


def test_every_page_of_the_kit_shows_its_rows(browser: Browser) -> None:
    step, mail = enqueue_one("note"), a_mail()
    for row in (step, mail):
        assert short(row.pk) in text_of(browser.listing(type(row)))
        assert str(row.pk) in text_of(browser.page(row))


def test_mails_that_wait_are_found_by_the_steps_that_send_them(browser: Browser) -> None:
    sent = a_mail()
    queue_mail("toy", user_id=SOMEBODY, context={}, dedup_key="waits")
    (waits,) = Mail.objects.exclude(pk=sent.pk)
    assert "2 mails " in text_of(browser.listing(Mail))
    found = text_of(browser.listing(Mail, state="QUEUED"))
    assert short(waits.pk) in found
    assert "1 mail " in found


@pytest.mark.parametrize("url", ["", "add/", "{id}/change/", "{id}/delete/"])
def test_no_row_can_be_added_changed_or_deleted_by_a_form(browser: Browser, url: str) -> None:
    mail = a_mail()
    path = f"/mail/mail/{url.format(id=mail.pk)}"
    response = browser.post(path, {"state": "SENT", "template": "other", "post": "yes"})
    assert response.status_code == (FORBIDDEN if url else HTTPStatus.OK)
    mail.refresh_from_db()
    assert (mail.state, mail.template) == ("QUEUED", "toy")


def test_django_s_own_actions_and_pages_for_passwords_are_not_there(browser: Browser) -> None:
    mail = a_mail()
    browser.do("delete_selected", mail)
    assert Mail.objects.exists()
    assert browser.get("/password_change/").status_code == HTTPStatus.NOT_FOUND


def test_searching_finds_by_whole_ids_and_nothing_for_what_is_none(browser: Browser) -> None:
    mail = a_mail()
    a_mail(2)
    assert "1 mail " in text_of(browser.listing(Mail, q=mail.pk))
    assert "2 mails " in text_of(browser.listing(Mail, q=SOMEBODY))
    for term in ("' OR 1=1", "greeting", "%"):
        assert "0 mails " in text_of(browser.listing(Mail, q=term))


def test_a_list_takes_as_many_queries_for_many_rows_as_for_one(browser: Browser) -> None:
    def queries(model: type[Step | Mail]) -> int:
        with CaptureQueriesContext(connection) as captured:
            browser.listing(model)
        return len(captured)

    enqueue_one("note"), a_mail()
    before = queries(Step), queries(Mail)
    for number in range(2, 30):
        enqueue_one("note"), a_mail(number)
    assert (queries(Step), queries(Mail)) == before


def test_counting_stops_where_nobody_turns_pages(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_admin, "MOST_COUNTED", 3)
    for number in range(5):
        a_mail(number)
    assert "3 mails " in text_of(browser.listing(Mail))


def test_the_audit_trail_can_be_added_to_only(browser: Browser) -> None:
    for change in ("UPDATE django_admin_log SET user_id = user_id", "DELETE FROM django_admin_log"):
        with (
            pytest.raises(DatabaseError, match="only ever added to"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(change)


def test_what_browsers_are_told_keeps_other_pages_out(browser: Browser) -> None:
    headers = browser.get("/").headers
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in headers["Cache-Control"]


def test_a_browser_asks_whether_an_asset_is_still_the_same(browser: Browser) -> None:
    asset = "/static/mesh_admin/staff.css"
    first = browser.get(asset)
    first.close()
    assert (first.status_code, first.headers["Cache-Control"]) == (200, "no-cache")
    since = {"If-Modified-Since": first.headers["Last-Modified"]}
    assert browser.get(asset, headers=since).status_code == 304


def test_a_host_that_is_not_ours_is_refused() -> None:
    assert Client().get("/login/", headers={"host": "evil.example"}).status_code == 400


def test_outside_development_cookies_go_over_https_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARKET_ENV", "production")
    monkeypatch.setenv("ADMIN_ORIGINS", "https://orders.example")
    told = admin("toy")
    assert told["SESSION_COOKIE_SECURE"] is told["CSRF_COOKIE_SECURE"] is True
    assert told["CSRF_TRUSTED_ORIGINS"] == ["https://orders.example"]
    assert "orders.example" in told["ALLOWED_HOSTS"]


def test_a_row_of_staff_tells_nothing_of_the_person() -> None:
    assert {field.name for field in Staff._meta.get_fields()} == {"id", "scopes", "logentry"}
