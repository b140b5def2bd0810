import os
import signal
import subprocess
from pathlib import Path

from dev.supervisor.control import Control
from dev.up.leftovers import end_leftovers


def running(var: Path, told: Path) -> "subprocess.Popen[bytes]":
    """Runs a process that has a pid file in `var`, and whose environment names `told`."""
    process = subprocess.Popen(
        ["sleep", "1000"], env=os.environ | {"MARKET_VAR": str(told)}, start_new_session=True
    )
    control = Control(var)
    control.begin({})
    control.runs_as("order", process.pid)
    return process


def test_one_that_does_not_end_is_ended(tmp_path: Path) -> None:
    with running(tmp_path, told=tmp_path) as left:
        end_leftovers(tmp_path, within_s=0.2)

        assert left.wait(5) == -signal.SIGKILL


def test_a_process_that_only_has_the_number_is_left_alone(tmp_path: Path) -> None:
    with running(tmp_path, told=tmp_path / "elsewhere") as stranger:
        end_leftovers(tmp_path)

        assert stranger.poll() is None
        stranger.kill()
