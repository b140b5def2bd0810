"""Hastening a key, where what its steps wait for does not matter any more."""

import pytest

from mesh.outbox import claims
from mesh.outbox.actions import hasten
from mesh.outbox.models import Step
from mesh.tests.toy.outbox import notes, owe, run_due

pytestmark = pytest.mark.django_db(transaction=True)


def test_hastening_makes_what_waits_there_due_and_leaves_other_keys_alone() -> None:
    owe(payload="late", key="hastened", delay_s=60)
    owe(payload="other", key="another", delay_s=60)
    parked = owe(payload="parked", key="hastened")
    Step.objects.filter(id=parked.id).update(state="PARKED", ring_at=None, attempts=99)
    hasten(key="hastened")
    assert run_due() == 2
    assert notes() == ["late", "parked"]


def test_hastening_neither_touches_nor_waits_for_a_step_that_is_being_run() -> None:
    running = owe(key="hastened")
    (claimed,) = claims.take([running.id], after=(), most=1)
    before = Step.objects.values().get()
    hasten(key="hastened")
    assert Step.objects.values().get() == before
    claims.finish(running.id, claimed["token"])
