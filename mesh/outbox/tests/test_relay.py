"""For which steps the relay rings, when, and through which failures."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection

from mesh.outbox import actions, conf
from mesh.outbox.models import DoneStep, Step
from mesh.outbox.relay import BATCH, enqueue_due, relay
from mesh.outbox.wakeup import waking_relays
from mesh.tests.toy.outbox import RecordingQueue, enqueue_one, let_pass, run_due
from tests.support.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def relaying(*queues: RecordingQueue) -> Iterator[None]:
    stopping = threading.Event()
    threads = [threading.Thread(target=relay, args=(queue, stopping)) for queue in queues]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopping.set()
        for thread in threads:
            thread.join()


def wait_until_idle() -> None:
    """Until a relay listens; it notes nothing of that, so the database is asked."""
    query = (
        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%%min(ring_at)%%' AND pid <> %s"
    )
    with connection.cursor() as cursor:

        def listens() -> bool:
            cursor.execute(query, [connection.connection.info.backend_pid])
            return bool(cursor.fetchone()[0])

        eventually(listens, within_s=30)


def test_it_rings_again_for_a_step_that_nobody_ran_at_growing_intervals() -> None:
    step, queue = enqueue_one(), RecordingQueue()
    enqueue_due(queue)
    enqueue_due(queue)
    assert queue.enqueued == [step.id], "once, for now"
    let_pass(conf.ENQUEUE_AGAIN_S)
    enqueue_due(queue)
    assert queue.enqueued == [step.id] * 2
    let_pass(3600)
    enqueue_due(queue)
    let_pass(conf.ENQUEUE_AGAIN_MOST_S - 1)
    enqueue_due(queue)
    assert queue.enqueued == [step.id] * 3
    let_pass(1.5)
    enqueue_due(queue)
    assert queue.enqueued == [step.id] * 4


def test_it_does_not_ring_for_a_step_that_runs_until_its_lease_ends() -> None:
    step, queue = enqueue_one(), RecordingQueue()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE outbox_step SET lease_token = gen_random_uuid(),"
            " lease_until = now() + interval '30 s', ring_at = now() + interval '30 s'"
        )
    enqueue_due(queue)
    assert queue.enqueued == []
    let_pass(31)
    enqueue_due(queue)
    assert queue.enqueued == [step.id]


def test_it_rings_only_for_the_first_step_of_a_key() -> None:
    first, queue = enqueue_one(), RecordingQueue()
    enqueue_one()
    enqueue_due(queue)
    assert queue.enqueued == [first.id]


def test_an_idle_relay_is_woken_by_the_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mesh.outbox.relay.IDLE_S", 600.0)
    queue = RecordingQueue()
    with relaying(queue), waking_relays():
        wait_until_idle()
        enqueue_one()
        assert queue.heard.wait(30)


def test_a_notification_that_is_lost_costs_no_step() -> None:
    queue = RecordingQueue()
    with relaying(queue):
        wait_until_idle()
        enqueue_one()
        assert queue.heard.wait(30)


def test_it_rings_for_a_delayed_step_when_its_time_has_come() -> None:
    queue = RecordingQueue()
    with relaying(queue):
        enqueue_one(delay_s=1)
        assert not queue.heard.wait(0.2)
        assert queue.heard.wait(30)


def test_two_relays_share_the_work() -> None:
    one, other = RecordingQueue(), RecordingQueue()
    owed = {enqueue_one(key=f"key {number}").id for number in range(60)}
    with relaying(one, other):
        for _ in range(3000):
            if len(one.enqueued) + len(other.enqueued) >= len(owed):
                break
            time.sleep(0.01)
    assert sorted(one.enqueued + other.enqueued) == sorted(owed)


def test_what_could_not_be_rung_for_is_rung_for_at_once_when_the_queue_is_back() -> None:
    step, queue = enqueue_one(), RecordingQueue()
    queue.away = True
    with pytest.raises(ConnectionError):
        enqueue_due(queue)
    queue.away = False
    enqueue_due(queue)
    assert queue.enqueued == [step.id]


def test_a_full_queue_gets_no_more_bells() -> None:
    step, queue = enqueue_one(), RecordingQueue()
    queue.room = False
    assert 0 < enqueue_due(queue) < 1
    queue.room = True
    enqueue_due(queue)
    assert queue.enqueued == [step.id]


def test_a_batch_that_was_full_is_followed_by_the_next_at_once() -> None:
    queue = RecordingQueue()
    for number in range(BATCH + 1):
        enqueue_one(key=f"key {number}")
    assert enqueue_due(queue) == 0
    enqueue_due(queue)
    assert len(queue.enqueued) == BATCH + 1


def test_it_outlives_its_database_connection() -> None:
    queue = RecordingQueue()
    with relaying(queue):
        wait_until_idle()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        enqueue_one()
        assert queue.heard.wait(60)


def test_steps_done_long_ago_are_deleted_and_open_ones_kept() -> None:
    enqueue_one(payload="done")
    enqueue_one(payload="done once", dedup_key="once", key="another")
    run_due()
    kept = enqueue_one("unheard_of", key="a third")
    run_due()
    actions.prune()
    assert actions.prune() == 0, "once there are partitions"
    let_pass(conf.keep_done_days() * 86_400 + 1)
    assert actions.prune() == 2
    assert (Step.objects.get(), DoneStep.objects.count()) == (kept, 0)
