"""An address that nobody verified gets few mails, and none with words of a user."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.core import mail
from django.db import connection, transaction
from django.db.models import F
from pytest_django import Settings

from mesh.core.ids import uuid7
from mesh.mail.actions import forget_contexts, queue_mail
from mesh.mail.limits import PERIOD, has_had_enough, let_through
from mesh.mail.models import Mail, UnverifiedMail
from mesh.mail.recipients import Recipient
from mesh.outbox.periodic import PeriodicJobs
from mesh.tests.toy.outbox import run_due
from mesh.tests.toy.recipients import ACCOUNTS

pytestmark = pytest.mark.django_db(transaction=True)
STRANGER = "stranger@example.org"


@pytest.fixture(autouse=True)
def three_an_hour(settings: Settings) -> None:
    settings.MAIL_UNVERIFIED_PER_HOUR = 3


def somebody(*, verified: bool) -> UUID:
    user_id = uuid7()
    ACCOUNTS[user_id] = Recipient(STRANGER, "Click here", verified)
    return user_id


def queue(user_id: UUID, to: Recipient | None = None) -> None:
    with transaction.atomic():
        queue_mail("greeting", user_id=user_id, context={}, dedup_key=str(uuid4()), to=to)


def states() -> list[str]:
    return list(Mail.objects.order_by("id").values_list("state", flat=True))


def let_an_hour_pass() -> None:
    UnverifiedMail.objects.update(create_time=F("create_time") - PERIOD)


def test_whichever_accounts_name_an_unverified_address_it_gets_few_mails_an_hour() -> None:
    for _ in range(5):
        queue(somebody(verified=False))
    run_due()
    assert states() == ["SENT"] * 3 + ["DROPPED"] * 2
    assert len(mail.outbox) == 3
    let_an_hour_pass()
    queue(somebody(verified=False))
    run_due()
    assert states()[-1] == "SENT"


def test_a_verified_address_gets_all_its_mails() -> None:
    user_id = somebody(verified=True)
    for _ in range(5):
        queue(user_id)
    run_due()
    assert states() == ["SENT"] * 5
    assert not UnverifiedMail.objects.exists()


def test_only_who_verified_its_address_is_called_by_its_name() -> None:
    for verified in (True, False):
        queue(somebody(verified=verified))
    run_due()
    assert sorted("Click here" in message.body for message in mail.outbox) == [False, True]


def test_a_mail_that_is_tried_again_counts_once() -> None:
    mail_id = uuid7()
    assert [let_through(mail_id=mail_id, address=STRANGER) for _ in range(5)] == [True] * 5
    assert not has_had_enough(STRANGER)


def test_of_many_mails_at_once_no_more_go_than_may() -> None:
    together = threading.Barrier(8)

    def send(_: int) -> bool:
        try:
            together.wait()
            return let_through(mail_id=uuid7(), address=STRANGER.upper())
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(send, range(8))) == 3
    assert has_had_enough(STRANGER)


def test_the_count_tells_no_address() -> None:
    let_through(mail_id=uuid7(), address=STRANGER)
    assert len(bytes(UnverifiedMail.objects.get().recipient)) == 32


def test_housekeeping_forgets_what_counts_no_more() -> None:
    let_through(mail_id=uuid7(), address=STRANGER)
    let_an_hour_pass()
    UnverifiedMail.objects.update(create_time=F("create_time") - timedelta(seconds=1))
    let_through(mail_id=uuid7(), address=STRANGER)
    PeriodicJobs().run_when_due()
    assert UnverifiedMail.objects.count() == 1


def test_a_mail_to_an_address_of_its_own_goes_there_and_then_forgets_it() -> None:
    user_id = somebody(verified=True)
    queue(user_id, to=Recipient("former@example.org", "", verified=True))
    assert "former" not in str(Mail.objects.values())
    del ACCOUNTS[user_id]
    run_due()
    assert [message.to for message in mail.outbox] == [["former@example.org"]]
    assert Mail.objects.get().sealed_recipient == ""


def test_who_is_forgotten_is_forgotten_by_mails_with_an_address_too() -> None:
    user_id = somebody(verified=True)
    queue(user_id, to=Recipient("former@example.org", "", verified=True))
    forget_contexts(user_id=user_id)
    del ACCOUNTS[user_id]
    run_due()
    assert (states(), mail.outbox) == (["DROPPED"], [])
