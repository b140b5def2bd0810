import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dev.config import ROOT
from dev.supervisor.procfile import read_procfile, stop_stages
from dev.supervisor.supervisor import ENDS_WITHIN_S
from dev.tests.supervised import ToyMesh, lives
from tests.support.waiting import eventually


@pytest.fixture
def toy(tmp_path: Path) -> Iterator[ToyMesh]:
    mesh = ToyMesh(tmp_path)
    mesh.wait_until_up()
    yield mesh
    mesh.stop()


def test_one_that_dies_is_started_again(toy: ToyMesh) -> None:
    before = toy.control.pid("edge") or 0
    os.kill(before, signal.SIGKILL)

    eventually(lambda: toy.control.pid("edge") not in (None, before))
    assert "ended by SIGKILL; starts again in 0.5 s" in toy.log()


def test_one_that_keeps_ending_is_started_ever_more_slowly(toy: ToyMesh) -> None:
    eventually(lambda: "ended with exit code 3; starts again in 1 s" in toy.log())
    assert "starts again in 0.5 s" in toy.log()


def test_each_line_of_the_log_says_whose_it_is(toy: ToyMesh) -> None:
    eventually(lambda: "edge     | serving\n" in toy.log() and "fleeting | once\n" in toy.log())


def test_one_that_is_held_stays_stopped_until_released(toy: ToyMesh) -> None:
    before = toy.control.pid("edge") or 0
    toy.control.hold("edge")
    assert not lives(before)

    time.sleep(1)
    assert toy.control.pid("edge") is None

    toy.control.release("edge")
    assert lives(toy.control.pid("edge") or 0)
    said = [line for line in toy.log().splitlines() if "by hand" in line]
    assert said == [
        "edge     | stopped by hand; `make start NAME=edge` starts it again",
        "edge     | started again by hand",
    ]


def test_what_a_dead_process_left_running_is_ended(toy: ToyMesh) -> None:
    parent, child = toy.control.pid("parent") or 0, toy.pids()[-1]
    os.kill(parent, signal.SIGKILL)

    eventually(lambda: not lives(child))
    eventually(lambda: toy.control.pid("parent") not in (None, parent))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_however_it_ends(toy: ToyMesh, number: signal.Signals) -> None:
    pids = toy.pids()
    assert all(map(lives, pids))

    toy.process.send_signal(number)
    toy.process.wait(60)
    eventually(lambda: not any(map(lives, pids)))


def test_a_second_request_to_end_waits_for_nobody(tmp_path: Path) -> None:
    deaf = ToyMesh(tmp_path, "deaf")
    deaf.wait_until_up()
    deaf.process.terminate()
    eventually(lambda: "deaf     | asked" in deaf.log())
    started = time.monotonic()
    deaf.process.terminate()
    assert deaf.process.wait(60) == 0
    assert time.monotonic() - started < ENDS_WITHIN_S / 2


def test_the_edge_is_stopped_first_and_the_mailbox_last() -> None:
    stages = stop_stages(list(read_procfile(ROOT / "Procfile")))

    assert [sorted(stage) for stage in stages] == [
        ["edge"],
        ["order-worker", "payment-worker", "user-worker"],
        ["order", "payment", "user"],
        ["mailbox"],
    ]
