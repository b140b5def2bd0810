"""What happens to a step once a worker hears of it."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from mesh.core.errors import Internal, Unavailable
from mesh.outbox import conf
from mesh.outbox.errors import LeaseLost, Park, RetryLater
from mesh.outbox.models import DoneStep, Step
from mesh.outbox.runner import backoff_s, run_steps
from mesh.outbox.steps import Handler, StepContext
from mesh.tests.toy.models import Note
from mesh.tests.toy.outbox import enqueue_one, is_done, let_pass, notes, run_due

pytestmark = pytest.mark.django_db(transaction=True)


def fail(step: StepContext) -> None:
    Note.objects.create(text="before the transaction")
    with step.finishing():
        Note.objects.create(text="inside it")
        raise Internal("ada@example.org broke it")


def run_elsewhere(step: StepContext) -> None:
    """Run it to its end in another worker's thread."""

    def work() -> int:
        try:
            return run_steps([step.id])
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as other_worker:
        assert other_worker.submit(work).result() == 1


def test_a_step_that_returned_is_done_and_not_run_again(steps: dict[str, Handler]) -> None:
    steps["nothing"] = lambda _: None
    step = enqueue_one("nothing")
    assert run_steps([step.id]) == 1
    assert run_steps([step.id]) == 0
    assert not Step.objects.exists()
    done = DoneStep.objects.get()
    kept = ("id", "kind", "key", "payload", "request_id", "create_time")
    assert [getattr(done, name) for name in kept] == [getattr(step, name) for name in kept]
    assert done.attempts == 1
    assert done.done_time > done.create_time


def test_a_failed_effect_is_undone_and_tried_again_later(steps: dict[str, Handler]) -> None:
    steps["fail"] = fail
    step = enqueue_one("fail")
    assert run_due() == 1
    assert notes() == ["before the transaction"]
    assert run_steps([step.id]) == 0, "not before its time, however often the queue rings"
    let_pass(2)
    assert run_due() == 1


def test_an_error_is_kept_by_class_reason_and_place_without_its_text(
    steps: dict[str, Handler],
) -> None:
    steps["fail"] = fail
    step = enqueue_one("fail")
    run_due()
    step.refresh_from_db()
    assert step.last_error.startswith("mesh.core.errors.Internal/INTERNAL at test_run.py:")
    assert "ada" not in step.last_error


def test_retries_wait_twice_as_long_each_time_up_to_a_cap() -> None:
    waits = [backoff_s(attempts, conf.RETRY_MOST_S) for attempts in range(1, conf.max_attempts())]
    assert 0.75 <= waits[0] <= 1.25
    assert 0.75 * 16 <= waits[4] <= 1.25 * 16
    assert 0.5 < sum(waits) / 86_400 < 1.5, "about a day until it is parked"


def test_a_step_that_keeps_failing_is_parked(steps: dict[str, Handler]) -> None:
    steps["fail"] = fail
    step = enqueue_one("fail")
    for _ in range(conf.max_attempts()):
        let_pass(conf.RETRY_MOST_S * 1.25)
        run_due()
    step.refresh_from_db()
    assert (step.state, step.attempts) == (Step.State.PARKED, conf.max_attempts())
    assert step.last_error


def test_a_step_whose_peer_is_away_is_tried_every_few_seconds_and_never_parked(
    steps: dict[str, Handler],
) -> None:
    def call_somebody(_: StepContext) -> None:
        raise Unavailable("somebody is away")

    steps["call"] = call_somebody
    step = enqueue_one("call")
    for _ in range(conf.max_attempts() + 5):
        let_pass(conf.AWAY_MOST_S * 1.25)
        assert run_due() == 1
    step.refresh_from_db()
    assert step.state == Step.State.PENDING
    steps["call"] = lambda _: None
    let_pass(conf.AWAY_MOST_S * 1.25)
    run_due()
    assert is_done(step)


def test_a_step_that_kills_its_worker_each_time_is_parked() -> None:
    step = enqueue_one()
    Step.objects.update(attempts=conf.max_attempts())
    run_due()
    step.refresh_from_db()
    assert step.state == Step.State.PARKED
    assert notes() == []


def test_a_kind_without_a_handler_is_parked_and_says_so() -> None:
    step = enqueue_one("unheard_of")
    run_due()
    step.refresh_from_db()
    assert step.state == Step.State.PARKED
    assert step.last_error == "no handler for kind 'unheard_of' in mesh.tests.toy.wiring.SERVICE"


def test_a_handler_may_park_its_step_at_once(steps: dict[str, Handler]) -> None:
    def refuse(_: StepContext) -> None:
        raise Park("the order has no items")

    steps["refuse"] = refuse
    step = enqueue_one("refuse")
    run_due()
    step.refresh_from_db()
    assert (step.state, step.last_error) == (Step.State.PARKED, "the order has no items")


def test_waiting_is_no_failure(steps: dict[str, Handler]) -> None:
    def wait(_: StepContext) -> None:
        raise RetryLater(60)

    steps["wait"] = wait
    step = enqueue_one("wait")
    for _ in range(3):
        assert run_due() == 1
        assert run_due() == 0
        let_pass(61)
    step.refresh_from_db()
    assert (step.state, step.attempts) == (Step.State.PENDING, 0)


def end_in_a_transaction(step: StepContext, text: str) -> None:
    with step.finishing():
        Note.objects.create(text=text)


def end_in_a_statement(step: StepContext, text: str) -> None:
    step.finish_with("INSERT INTO toy_note (text) SELECT %s FROM finished", text)


@pytest.mark.parametrize("end", [end_in_a_transaction, end_in_a_statement])
def test_of_two_runs_of_one_step_only_the_holder_of_the_lease_takes_effect(
    steps: dict[str, Handler], end: Callable[[StepContext, str], None]
) -> None:
    lost = []

    def slow(step: StepContext) -> None:
        if step.attempts == 1:
            let_pass(conf.lease_s() + 1)
            run_elsewhere(step)
        try:
            end(step, f"run {step.attempts}")
        except LeaseLost:
            lost.append(step.attempts)
            raise

    steps["slow"] = slow
    step = enqueue_one("slow")
    run_steps([step.id])
    assert (notes(), lost) == (["run 2"], [1])


def test_a_lost_lease_does_not_undo_what_the_new_holder_did(steps: dict[str, Handler]) -> None:
    def fail_late(step: StepContext) -> None:
        if step.attempts == 1:
            let_pass(conf.lease_s() + 1)
            run_elsewhere(step)
            raise Unavailable("too late to matter")

    steps["fail_late"] = fail_late
    step = enqueue_one("fail_late")
    run_steps([step.id])
    assert DoneStep.objects.get(id=step.id).attempts == 2
    assert is_done(step)


def test_no_transaction_is_open_while_a_handler_runs(steps: dict[str, Handler]) -> None:
    seen = []
    steps["look"] = lambda _: seen.append(connection.in_atomic_block)
    enqueue_one("look")
    run_due()
    assert seen == [False]


def test_ending_a_step_frees_the_next_of_its_key_at_once() -> None:
    for number in range(5):
        enqueue_one(payload=str(number))
    first = Step.objects.earliest("seq")
    assert run_steps([first.id]) == 5
    assert notes() == ["0", "1", "2", "3", "4"]


def test_a_later_step_of_a_key_is_not_run_before_an_earlier_one(steps: dict[str, Handler]) -> None:
    steps["fail"] = fail
    enqueue_one("fail")
    later, elsewhere = enqueue_one(payload="later"), enqueue_one(payload="elsewhere", key="another")
    run_due()
    run_steps([later.id])
    assert notes() == ["before the transaction", "elsewhere"]
    assert elsewhere.seq > later.seq


def test_four_threads_keep_the_order_within_each_key() -> None:
    owed = [enqueue_one(payload=f"{n % 3} {n:02}", key=f"key {n % 3}").id for n in range(45)]
    barrier = threading.Barrier(4)

    def work(_: int) -> int:
        barrier.wait()
        try:
            return sum(run_steps([step_id]) for step_id in owed)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        ran = sum(pool.map(work, range(4)))
    assert ran == 45
    for key in "012":
        of_key = [text for text in notes() if text[0] == key]
        assert of_key == sorted(of_key)
        assert len(of_key) == 15


def test_a_worker_that_is_stopping_begins_nothing_new() -> None:
    step = enqueue_one()
    assert run_steps([step.id], stopping=lambda: True) == 0
