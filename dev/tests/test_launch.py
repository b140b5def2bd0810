"""Programs that end with the one who launched them, whatever either of them does."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from dev.config import ROOT
from dev.tests.supervised import children, lives
from tests.support.waiting import eventually

LAUNCH = """
import signal, sys, time
from pathlib import Path
from dev.supervisor.launch import guard, launch
with (Path(sys.argv[1]) / "log").open("wb") as log:
    launch(
        ["sh", "-c", sys.argv[2]], ends_by=signal.SIGTERM, directory=Path(sys.argv[1]), output=log
    )
while not time.sleep(0.02):
    guard.renew()
"""
# Leaves another program behind when it ends.
CARELESS = "sleep 1000 & echo $! > other; echo $$ > one; exec sleep 1000"


class Launcher:
    """A process that has launched a program, which has started another."""

    def __init__(self, directory: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", LAUNCH, str(directory), CARELESS], cwd=ROOT
        )
        eventually((directory / "one").exists)
        eventually(lambda: (directory / "one").read_text().endswith("\n"))
        self.programs = [int((directory / name).read_text()) for name in ("one", "other")]

    def guard(self) -> int | None:
        return next((pid for pid in children(self.process.pid) if _is_guard(pid)), None)


def _is_guard(pid: int) -> bool:
    try:
        return b"guard.py" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


@pytest.fixture
def launcher(tmp_path: Path) -> Iterator[Launcher]:
    with ExitStack() as ends:
        started = Launcher(tmp_path)
        ends.callback(started.process.wait)
        ends.callback(started.process.kill)
        yield started


def test_a_killed_launcher_leaves_neither_its_program_nor_what_that_started(
    launcher: Launcher,
) -> None:
    guard = launcher.guard()
    launcher.process.kill()
    eventually(lambda: not any(map(lives, launcher.programs)))
    eventually(lambda: not lives(guard or 0))


def test_a_guard_ends_by_no_signal_but_a_kill_and_is_replaced_then(launcher: Launcher) -> None:
    first = launcher.guard() or 0
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(first, number)
    os.kill(first, signal.SIGKILL)
    eventually(lambda: launcher.guard() not in (None, first))
    assert all(map(lives, launcher.programs))

    launcher.process.kill()
    eventually(lambda: not any(map(lives, launcher.programs)))


def test_a_program_that_was_ended_is_none_of_the_guards_business(launcher: Launcher) -> None:
    for program in launcher.programs:
        os.kill(program, signal.SIGKILL)
    launcher.process.terminate()
    guard = launcher.guard() or 0
    eventually(lambda: not lives(guard))
