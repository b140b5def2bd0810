"""Leaves out tests whose tools are missing."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import NoReturn

import pytest

FETCHED_WITHIN_S = 1200  # the first time; afterwards it is all in the tools' caches


def in_ci() -> bool:
    return os.environ.get("CI") == "true"


def leave_out(why: str) -> NoReturn:
    """Skips the test, but fails it in CI, where nothing may be missing."""
    if in_ci():
        pytest.fail(why)
    pytest.skip(why)  # noqa: TID251  # the place for it


def need(tool: str) -> None:
    if shutil.which(tool) is None:
        leave_out(f"{tool} is not installed")


def need_root() -> None:
    """Leaves the test out where another user runs it, as one may in CI, too."""
    if os.geteuid() != 0:
        pytest.skip("only root can do this")  # noqa: TID251  # not a tool to install


def fetched(*command: str, folder: Path, **environment: str) -> None:
    """Runs a command that fetches packages; without them the test is left out."""
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=FETCHED_WITHIN_S,
        check=False,
    )
    if done.returncode:
        leave_out(f"{' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}")
