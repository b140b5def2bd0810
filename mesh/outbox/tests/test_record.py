"""What a recorded step promises before anything runs it."""

import threading

import pytest
from django.db import connection, transaction

from mesh.context import Call, current_request_id, serving
from mesh.outbox.actions import enqueue
from mesh.outbox.errors import NotInTransaction
from mesh.outbox.models import Step
from mesh.outbox.steps import Handler
from mesh.tests.toy.outbox import enqueue_one, notes, run_due

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_step_outside_a_transaction_is_refused() -> None:
    with pytest.raises(NotInTransaction):
        enqueue("note", "", key="key")


def test_a_step_of_a_rolled_back_transaction_is_not_owed() -> None:
    with transaction.atomic():
        enqueue("note", "", key="key")
        transaction.set_rollback(True)
    assert not Step.objects.exists()


def test_a_repeated_dedup_key_changes_nothing() -> None:
    enqueue_one(payload="first", dedup_key="once")
    enqueue_one(payload="second", dedup_key="once")
    run_due()
    enqueue_one(payload="third", dedup_key="once")
    assert run_due() == 0
    assert notes() == ["first"]


def test_a_delayed_step_waits() -> None:
    enqueue_one(delay_s=5)
    assert run_due() == 0


def test_a_step_runs_under_the_request_that_caused_it(steps: dict[str, Handler]) -> None:
    seen = []
    steps["look"] = lambda _: seen.append(current_request_id())
    with serving(Call(method="/toy", request_id="the-cause", deadline=0)):
        enqueue_one("look")
    run_due()
    assert seen == ["the-cause"]


def test_steps_of_one_key_are_in_the_order_of_commits() -> None:
    begun = threading.Event()

    def record_second() -> None:
        begun.set()
        enqueue_one(payload="second")
        connection.close()

    other = threading.Thread(target=record_second)
    with transaction.atomic():
        enqueue("note", "first", key="key")
        other.start()
        begun.wait()
        other.join(timeout=0.2)
        assert other.is_alive(), "it waits for the transaction that was first at the key"
    other.join()
    run_due()
    assert notes() == ["first", "second"]
