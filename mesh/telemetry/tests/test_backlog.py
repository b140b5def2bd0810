"""What `/metrics` says of the outbox."""

import pytest
from django.db import OperationalError, connection, transaction
from prometheus_client import CollectorRegistry, Counter

from mesh.db.partitions import AHEAD_DAYS
from mesh.outbox import backlog
from mesh.outbox.actions import prune
from mesh.outbox.backlog import Backlog
from mesh.outbox.models import Step
from mesh.telemetry.metrics import count_on_commit
from mesh.tests.toy.outbox import enqueue_one, run_due

pytestmark = pytest.mark.django_db(transaction=True)


def shown() -> dict[tuple[str, ...], float]:
    """The samples, by name and labels."""
    registry = CollectorRegistry()
    registry.register(Backlog())
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in registry.collect()
        for sample in family.samples
    }


def grown_old(seconds: float) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE outbox_step SET create_time = create_time - make_interval(secs => %s)",
            [seconds],
        )


def test_room_for_done_steps_is_there_once_a_relay_has_made_it() -> None:
    prune()
    assert shown()["outbox_done_partitions_ahead",] == AHEAD_DAYS


def test_every_kind_is_there_before_anything_is_owed() -> None:
    samples = shown()
    assert samples["outbox_steps", "note", "pending"] == 0
    assert samples["outbox_steps", "note", "parked"] == 0
    assert samples["outbox_oldest_step_age_seconds", "note"] == 0


def test_pending_and_parked_steps_are_counted_and_done_ones_are_not() -> None:
    enqueue_one()
    run_due()
    enqueue_one()
    enqueue_one(key="another")
    enqueue_one("unheard_of", key="third")
    Step.objects.filter(kind="unheard_of").update(state=Step.State.PARKED, ring_at=None)
    samples = shown()
    assert samples["outbox_steps", "note", "pending"] == 2
    assert samples["outbox_steps", "unheard_of", "parked"] == 1
    assert samples["outbox_oldest_step_age_seconds", "unheard_of"] == 0


def test_a_step_is_as_old_as_it_is_owed_but_one_for_later_is_not_late() -> None:
    enqueue_one()
    enqueue_one(key="another", delay_s=600)
    grown_old(120)
    assert 120 <= shown()["outbox_oldest_step_age_seconds", "note"] < 125
    Step.objects.filter(key="key").delete()
    assert shown()["outbox_oldest_step_age_seconds", "note"] == 0


def test_a_database_that_is_away_leaves_gaps_and_the_rest_of_the_metrics(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def away() -> None:
        raise OperationalError

    monkeypatch.setattr(backlog, "backlog", away)
    assert shown() == {}


def test_what_a_transaction_does_is_counted_once_it_commits_and_never_otherwise() -> None:
    registry = CollectorRegistry()
    orders = Counter("orders", "Orders.", ["state"], registry=registry)

    def total() -> float | None:
        return registry.get_sample_value("orders_total", {"state": "PENDING"})

    with transaction.atomic():
        count_on_commit(orders, 2, state="PENDING")
        assert total() is None
    assert total() == 2
    with transaction.atomic():
        count_on_commit(orders, state="PENDING")
        transaction.set_rollback(True)
    assert total() == 2
