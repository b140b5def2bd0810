"""Failpoints: armed by a file, once, and only in development."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mesh.core.failpoints import act_if_armed


def run(program: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_armed_point_kills_the_process_that_comes_by_and_no_other(tmp_path: Path) -> None:
    (tmp_path / "here").write_text("kill")
    comes_by = "from mesh.core.failpoints import failpoint; failpoint('there'); failpoint('here')"
    told = {"MARKET_ENV": "development", "MESH_FAILPOINTS": str(tmp_path)}
    assert run(comes_by, **told).returncode == -signal.SIGKILL
    assert run(comes_by, **told).returncode == 0
    assert list(tmp_path.iterdir()) == []


def test_a_point_may_stall_instead(tmp_path: Path) -> None:
    (tmp_path / "here").write_text("sleep 0.2")
    started = time.monotonic()
    act_if_armed(tmp_path, "here")
    assert time.monotonic() - started >= 0.2


def test_an_unknown_action_fails_rather_than_does_nothing(tmp_path: Path) -> None:
    (tmp_path / "here").write_text("kil")
    with pytest.raises(ValueError, match="armed with 'kil'"):
        act_if_armed(tmp_path, "here")


def test_failpoints_stop_the_start_in_production(tmp_path: Path) -> None:
    told = {"MARKET_ENV": "production", "MESH_FAILPOINTS": str(tmp_path)}
    ended = run("import mesh.core.failpoints", **told)
    assert ended.returncode != 0
    assert "MESH_FAILPOINTS is for development only" in ended.stderr
