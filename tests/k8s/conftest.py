"""A control plane for the session, and what the page says to do on it."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from dev.config import ROOT
from tests.k8s.control_plane import ControlPlane
from tests.k8s.programs import PROGRAMS

PAGE = (ROOT / "docs" / "kubernetes.md").read_text()
WITHIN_S = 600


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    if PROGRAMS not in os.environ:
        pytest.skip("for `make test-k8s`")  # noqa: TID251  # a command of its own
    cluster = ControlPlane(Path(os.environ[PROGRAMS]), tmp_path_factory.mktemp("cluster"))
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture(scope="session")
def production(cluster: ControlPlane) -> ControlPlane:
    """Returns the cluster with the production overlay, rolled out as the page says."""
    follow(cluster, "Roll out")
    return cluster


def follow(cluster: ControlPlane, heading: str, *, but_last: int = 0) -> None:
    """Runs the commands below a heading of docs/kubernetes.md, but for the last few lines."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = "".join(re.findall(r"^```sh\n(.*?)^```", section, re.MULTILINE | re.DOTALL)).split("\n")
    script = "\n".join(lines[: len(lines) - 1 - but_last])
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=ROOT,
        env=cluster.environment,
        timeout=WITHIN_S,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
