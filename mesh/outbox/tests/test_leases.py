"""Claims: of several steps at once, and given back."""

import time
from typing import Any
from uuid import UUID

import pytest
from django.db import OperationalError

from mesh.core.errors import Internal
from mesh.outbox import conf, leases
from mesh.outbox.models import DoneStep, Step
from mesh.outbox.runner import HELD_MOST_S, run_steps
from mesh.outbox.steps import Handler, StepContext
from mesh.tests.toy.models import Note
from mesh.tests.toy.outbox import enqueue_one, let_pass, notes, run_due

pytestmark = pytest.mark.django_db(transaction=True)


def owe_apart(kind: str, count: int) -> list[UUID]:
    """Steps that do not wait for one another."""
    return [enqueue_one(kind, str(number), key=f"key {number}").id for number in range(count)]


def test_of_steps_claimed_together_each_has_its_own_end(steps: dict[str, Handler]) -> None:
    def fail_every_other(step: StepContext) -> None:
        if step.payload in "13":
            raise Internal("it broke")
        Note.objects.create(text=step.payload)

    steps["every_other"] = fail_every_other
    assert run_steps(owe_apart("every_other", 7)) == 7
    assert notes() == ["0", "2", "4", "5", "6"]
    left = Step.objects.order_by("seq").values_list("payload", "attempts", "lease_token")
    assert list(left) == [("1", 1, None), ("3", 1, None)]
    done = DoneStep.objects.order_by("id").values_list("payload", "attempts")
    assert list(done) == [(number, 1) for number in "02456"]


def test_a_step_that_kills_its_worker_takes_none_claimed_with_it_along() -> None:
    ids = owe_apart("note", 4)
    died_with = []
    for _ in range(5):
        claimed = leases.acquire(ids, after=(), most=5)
        died_with.append([row["payload"] for row in claimed])
        let_pass(conf.lease_s() + 1)
    assert died_with == [["0", "1", "2", "3"], ["0"], ["0"], ["0"], ["0"]]
    assert [step.attempts for step in Step.objects.order_by("seq")] == [5, 1, 1, 1]


def test_a_step_that_waits_behind_slow_ones_is_given_back(
    steps: dict[str, Handler], monkeypatch: pytest.MonkeyPatch
) -> None:
    monotonic, passed, claimed_as = time.monotonic, [0.0], []
    monkeypatch.setattr("time.monotonic", lambda: monotonic() + sum(passed))

    def slow(step: StepContext) -> None:
        claimed_as.append((step.token, step.attempts))
        passed.append(HELD_MOST_S * 0.6)

    steps["slow"] = slow
    assert run_steps(owe_apart("slow", 4)) == 4
    alone, second, third, given_back = [token for token, _ in claimed_as]
    assert second == third
    assert len({alone, second, given_back}) == 3
    assert {attempts for _, attempts in claimed_as} == {1}


def owe_failing_while_away(
    steps: dict[str, Handler], monkeypatch: pytest.MonkeyPatch, *, times: int
) -> Step:
    """Its end cannot be written so often; the time that is waited meanwhile is not spent."""
    retry, monotonic = leases.retry, time.monotonic
    slept: list[float] = []

    def refuse(*args: Any, **options: Any) -> None:
        if len(slept) < times:
            raise OperationalError("the database system is starting up")
        retry(*args, **options)

    monkeypatch.setattr(leases, "retry", refuse)
    monkeypatch.setattr("time.sleep", slept.append)
    monkeypatch.setattr("time.monotonic", lambda: monotonic() + sum(slept))
    steps["fail"] = fail
    return enqueue_one("fail")


def fail(_: StepContext) -> None:
    raise Internal("it broke")


def test_a_step_is_given_back_as_soon_as_the_database_is_back(
    steps: dict[str, Handler], monkeypatch: pytest.MonkeyPatch
) -> None:
    step = owe_failing_while_away(steps, monkeypatch, times=5)
    assert run_steps([step.id]) == 1
    step.refresh_from_db()
    assert (step.state, step.attempts, step.lease_token) == (Step.State.PENDING, 1, None)


def test_a_step_that_cannot_be_given_back_is_left_to_its_lease(
    steps: dict[str, Handler], monkeypatch: pytest.MonkeyPatch
) -> None:
    step = owe_failing_while_away(steps, monkeypatch, times=1_000)
    with pytest.raises(OperationalError):
        run_steps([step.id])
    step.refresh_from_db()
    assert (step.state, step.lease_token is None) == (Step.State.PENDING, False)
    let_pass(conf.lease_s() + 1)
    steps["fail"] = lambda _: None
    assert run_steps([step.id]) == 1


def test_a_worker_that_is_stopping_gives_back_what_it_has_not_begun() -> None:
    ids = owe_apart("note", 4)
    assert run_steps(ids, stopping=lambda: len(notes()) == 2) == 2
    left = Step.objects.filter(state=Step.State.PENDING)
    assert list(left.values_list("attempts", "lease_token")) == [(0, None)] * 2
    assert run_due() == 2
