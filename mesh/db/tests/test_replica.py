"""Reads of a real standby: how old what it shows is, and what becomes of one that fails."""

import os
import signal
import time
from collections.abc import Iterator

import pytest
from django.db import Error, OperationalError, connection

from mesh.db.replica import ANSWERS_WITHIN_S, CONNECTS_EVERY_S, Away, Behind, Replica
from mesh.db.sql import execute, row
from mesh.tests.toy.models import Note
from tests.support.engines import postgres
from tests.support.standby import Standby, as_replica, paused
from tests.support.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)
FRESH_S, PATIENT_S = 1.0, 30.0


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def replica(standby: Standby, clock: Clock) -> Iterator[Replica]:
    """Yields one that looks when it is told to, and has both of its connections."""
    with as_replica(standby):
        made = Replica(links=2, clock=clock, answers_within_s=PATIENT_S)
        until_fresh(made, clock)
        yield made
        made.close()


def until_fresh(replica: Replica, clock: Clock) -> None:
    """Looks until all that was committed by then is shown."""

    def looked() -> bool:
        clock.now += CONNECTS_EVERY_S
        replica.look()
        return replica.age_s() == 0.0

    eventually(looked, 60)
    replica.look()  # what one connection has seen, the others see


def shown(replica: Replica, max_age_s: float = FRESH_S) -> bool:
    """Returns whether a read of what is so old was by a standby."""
    with replica.reading(max_age_s):
        return bool(row("SELECT pg_is_in_recovery()")[0])


def test_reads_go_there_by_statement_and_by_model_and_come_back(
    replica: Replica, clock: Clock
) -> None:
    Note.objects.create(text="a note")
    until_fresh(replica, clock)
    with replica.reading(FRESH_S) as age_s:
        assert age_s == 0.0
        assert row("SELECT pg_is_in_recovery()") == (True,)
        assert [note.text for note in Note.objects.all()] == ["a note"]
    assert row("SELECT pg_is_in_recovery()") == (False,)


def test_nothing_is_written_there(replica: Replica, clock: Clock) -> None:
    for write in (  # each costs the connection that it was on
        lambda: Note.objects.create(text="lost"),
        lambda: execute("DELETE FROM toy_note"),
        lambda: row("SELECT FROM toy_note FOR UPDATE"),
    ):
        until_fresh(replica, clock)
        with pytest.raises(Error), replica.reading(FRESH_S):
            write()
    assert not Note.objects.exists()


def test_while_the_primary_is_idle_what_is_shown_is_of_now(replica: Replica, clock: Clock) -> None:
    clock.now += 3600.0
    replica.look()
    assert shown(replica)
    clock.now += 0.25
    with replica.reading(FRESH_S) as age_s:
        assert age_s == 0.25


def test_what_it_lacks_makes_it_grow_old_until_it_has_replayed_it(
    standby: Standby, replica: Replica, clock: Clock
) -> None:
    with paused(standby):
        Note.objects.create(text="new")
        clock.now += 0.9
        replica.look()
        assert shown(replica)
        clock.now += 0.2
        replica.look()
        with pytest.raises(Behind), replica.reading(FRESH_S):
            pass
        assert shown(replica, max_age_s=5.0)
        assert replica.age_s() == pytest.approx(1.1)
    until_fresh(replica, clock)
    assert shown(replica)


def test_without_the_primary_nothing_is_known_of_it(
    replica: Replica, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection.close()
    with monkeypatch.context() as away:
        away.setitem(connection.settings_dict, "PORT", "1")
        clock.now += 1.1
        replica.look()
        with pytest.raises(Behind), replica.reading(FRESH_S):
            pass


def test_a_server_that_is_no_standby_of_ours_is_never_read(clock: Clock) -> None:
    with as_replica(postgres()):
        replica = Replica(links=2, clock=clock)
        replica.look()
        with pytest.raises(Away), replica.reading(FRESH_S):
            pass
        replica.close()


def test_a_standby_that_ends_fails_the_reads_under_way_and_is_away_then(
    standby: Standby, replica: Replica, clock: Clock
) -> None:
    standby.engine.stop(by=signal.SIGQUIT)
    try:
        for _ in range(2):
            with pytest.raises(OperationalError), replica.reading(FRESH_S):
                row("SELECT 1")
        for _ in range(2):
            with pytest.raises(Away), replica.reading(FRESH_S):
                pass
            clock.now += CONNECTS_EVERY_S
            replica.look()
    finally:
        standby.start()
    until_fresh(replica, clock)
    assert shown(replica)


def test_one_that_hangs_is_not_waited_for(standby: Standby, clock: Clock) -> None:
    def hang() -> None:
        (backend,) = row("SELECT pg_backend_pid()")
        os.kill(backend, signal.SIGSTOP)
        try:
            row("SELECT 1")
        finally:
            os.kill(backend, signal.SIGCONT)

    with as_replica(standby):
        replica = Replica(links=2, clock=clock)
        until_fresh(replica, clock)
        began = time.monotonic()
        with pytest.raises(OperationalError), replica.reading(FRESH_S):
            hang()
        assert time.monotonic() - began >= ANSWERS_WITHIN_S
        replica.close()
