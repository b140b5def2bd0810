"""Real workers and relays, as processes that can be killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import pytest
import redis
from django.conf import settings
from django.db import connection

from dev.engines.redis import Redis
from mesh.checks.findings import Level
from mesh.checks.redis import redis as check
from mesh.outbox import conf
from mesh.outbox.celery import CeleryQueue, make_app
from mesh.outbox.models import Step
from mesh.outbox.relay import enqueue_due
from mesh.tests.toy.outbox import enqueue_one, let_pass, notes
from tests.support.sentinel import ReplicatedRedis
from tests.support.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)

HOUR_S = 3600
THREADS = 4
Process = subprocess.Popen[bytes]
Start = Callable[..., Process]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a process of the toy service on the test's database."""
    started: list[Process] = []

    def start(command: str, output: int | IO[bytes] = subprocess.DEVNULL) -> Process:
        of = connection.settings_dict
        url = f"postgresql://{of['USER']}:{of['PASSWORD']}@{of['HOST']}:{of['PORT']}/{of['NAME']}"
        environment = os.environ | {
            "TEST_DATABASE_URL": url,
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "mesh.tests.toy", command],
            env=environment,
            stdout=output,
            stderr=output if output != subprocess.DEVNULL else None,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
    queue().flushall()


def queue() -> "redis.Redis":
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)


def all_done() -> bool:
    return not Step.objects.exclude(state=Step.State.DONE).exists()


def test_a_step_is_run_by_a_worker_with_a_relay_in_it(start: Start) -> None:
    start("worker-with-relay")
    enqueue_one(payload="ran")
    eventually(all_done)
    assert notes() == ["ran"]


def test_a_step_whose_worker_was_killed_is_run_again_once_its_lease_ends(start: Start) -> None:
    worker = start("worker-with-relay")
    enqueue_one("linger", "finished")
    eventually(lambda: notes() == ["begun"])
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    let_pass(-HOUR_S)  # so that the lease holds however slowly a worker starts
    start("worker-with-relay")
    enqueue_one(payload="the new worker is there", key="another")
    eventually(lambda: len(notes()) == 2)
    assert notes() == ["begun", "the new worker is there"], "the lease still holds"
    let_pass(HOUR_S + conf.lease_s() + 1)
    eventually(all_done)
    assert notes() == ["begun", "the new worker is there", "finished"]


def test_bells_that_redis_lost_are_rung_again(start: Start) -> None:
    enqueue_one(payload="ran")
    enqueue_due(CeleryQueue(make_app("toy")))
    assert queue().llen("toy") == 1
    queue().flushall()
    start("relay")
    start("worker")
    eventually(all_done)
    assert notes() == ["ran"]


def test_a_worker_told_to_stop_ends_what_it_began(start: Start) -> None:
    worker = start("worker-with-relay")
    enqueue_one("pause", "ended")
    eventually(lambda: notes() == ["begun"])
    worker.terminate()
    assert worker.wait(timeout=60) == 0
    assert notes() == ["begun", "ended"]
    assert all_done()


def test_a_worker_whose_log_is_on_a_full_disk_does_its_work_to_the_end(start: Start) -> None:
    with Path("/dev/full").open("wb") as full:
        worker = start("worker-with-relay", full)
    enqueue_one(payload="ran")
    eventually(all_done)
    enqueue_one("pause", "ended")
    eventually(lambda: "begun" in notes())
    worker.terminate()
    worker.wait(timeout=60)
    assert notes() == ["ran", "begun", "ended"]


def test_a_worker_whose_every_thread_was_busy_while_redis_was_away_hears_every_bell_again(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waits for no queue then, so that it is an acknowledgement that finds Redis gone."""
    with Redis(tmp_path / "redis", port=0, durable=False) as server:
        monkeypatch.setenv("REDIS_URL", server.url)
        start("worker-with-relay")
        for number in range(THREADS):
            enqueue_one("pause", "ended", key=f"key {number}")
        eventually(lambda: notes().count("begun") == THREADS)
        server.engine.stop()
        eventually(all_done)
        time.sleep(12)  # longer than the acknowledgements are tried again
        server.start()
        # A queue each: one that is not acknowledged takes a thread's place.
        for number in range(2 * THREADS):
            enqueue_one(payload="heard", key=f"another {number}")
            eventually(all_done)
    assert notes().count("heard") == 2 * THREADS


def test_steps_flow_again_after_redis_failed_over_and_none_is_lost(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ReplicatedRedis(tmp_path) as pair:
        monkeypatch.setenv("REDIS_URL", pair.url)
        start("worker-with-relay")
        enqueue_one(payload="before", key="first")
        eventually(all_done)
        pid = pair.primary.engine.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        for number in range(2 * THREADS):
            enqueue_one(payload="meanwhile", key=f"key {number}")
        pair.wait_until_promoted()
        eventually(all_done)
        enqueue_one(payload="after", key="last")
        eventually(all_done)
        assert notes() == ["before", *["meanwhile"] * 2 * THREADS, "after"]
        (found,) = check(pair.url)
    assert found.level is Level.WARNING, "it keeps no file, as in all tests"
    (found,) = check(pair.url)
    assert found.says == "no Sentinel knows a primary of Redis that is up"
