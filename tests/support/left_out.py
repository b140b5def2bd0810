"""Leaves out tests whose tools are missing."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import NoReturn

import pytest

FETCHED_WITHIN_S = 1200  # the first time; afterwards it is all in the tools' caches


def leave_out(why: str) -> NoReturn:
    """Skips the test, but fails it in CI, where nothing may be missing."""
    if os.environ.get("CI") == "true":
        pytest.fail(why)
    pytest.skip(why)


def need(tool: str) -> None:
    if shutil.which(tool) is None:
        leave_out(f"{tool} is not installed")


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
