"""What a set-up shows of its steps on a terminal and off one."""

import os
import pty
import re
import subprocess
import sys
from functools import partial
from pathlib import Path

from dev.config import ROOT
from dev.steps import box

STEPS = """
import time
from dev.steps import step
with step("making something"):
    time.sleep(0.3)
with step("breaking something"):
    raise SystemExit("broken")
"""


def run(stdout: int) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", STEPS]
    return subprocess.run(
        command, check=False, cwd=ROOT, stdout=stdout, stderr=subprocess.PIPE, text=True
    )


def read(terminal: int) -> bytes:
    """Returns what comes next; empty when nobody holds the other end."""
    try:
        return os.read(terminal, 65_536)
    except OSError:
        return b""


def test_a_log_gets_a_line_a_step_with_its_time() -> None:
    ended = run(subprocess.PIPE)
    first, second = ended.stdout.splitlines()
    assert re.fullmatch(r"marketmesh: making something … 0\.[3-9] s", first)
    assert re.fullmatch(r"marketmesh: breaking something … \d+\.\d s, failed", second)
    assert (ended.returncode, ended.stderr) == (1, "broken\n")


def test_a_terminal_is_shown_a_line_that_moves() -> None:
    ours, theirs = pty.openpty()
    run(theirs)
    os.close(theirs)
    shown = b"".join(iter(partial(read, ours), b"")).decode()
    os.close(ours)
    assert len(re.findall(r"\r\x1b\[K[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] making something", shown)) > 1
    assert re.search(r"✓ making something +0\.[3-9] s\r\n", shown)
    assert re.search(r"✗ breaking something +\d+\.\d s\r\n", shown)


def test_neither_a_full_disk_nor_a_reader_that_is_gone_stops_a_step() -> None:
    with Path("/dev/full").open("w") as full:
        assert run(full.fileno()).stderr == "broken\n"
    ours, theirs = os.pipe()
    os.close(ours)
    assert run(theirs).stderr == "broken\n"
    os.close(theirs)


def test_a_box_is_as_wide_as_its_longest_line() -> None:
    assert box(["one", "longer"]).splitlines() == [
        "╭────────╮",
        "│ one    │",
        "│ longer │",
        "╰────────╯",
    ]
