"""Hastening a key, where what its steps wait for does not matter any more."""

import pytest

from mesh.outbox import leases
from mesh.outbox.actions import retry_now
from mesh.outbox.models import Step
from mesh.tests.toy.outbox import enqueue_one, notes, run_due

pytestmark = pytest.mark.django_db(transaction=True)


def test_hastening_makes_what_waits_there_due_and_leaves_other_keys_alone() -> None:
    enqueue_one(payload="late", key="hastened", delay_s=60)
    enqueue_one(payload="other", key="another", delay_s=60)
    parked = enqueue_one(payload="parked", key="hastened")
    Step.objects.filter(id=parked.id).update(state="PARKED", ring_at=None, attempts=99)
    retry_now(key="hastened")
    assert run_due() == 2
    assert notes() == ["late", "parked"]


def test_hastening_neither_touches_nor_waits_for_a_step_that_is_being_run() -> None:
    running = enqueue_one(key="hastened")
    (claimed,) = leases.acquire([running.id], after=(), most=1)
    before = Step.objects.values().get()
    retry_now(key="hastened")
    assert Step.objects.values().get() == before
    leases.finish(running.id, claimed["token"])
