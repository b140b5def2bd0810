"""docs/kit.md, followed word for word in an empty folder, without the shop."""

import os
import subprocess
import sys
from pathlib import Path

from dev import bootstrap
from dev.config import ROOT
from dev.ports import free_ports
from tests.pages.follow import Reader
from tests.support.left_out import leave_out, need

PAGE = ROOT / "docs" / "kit.md"
PORTS = (8000, 50051)
KEPT = ("HOME", "LANG", "TMPDIR")


def test_the_kit_serves_somebody_elses_contract_in_an_empty_environment(tmp_path: Path) -> None:
    need("curl")
    if not bootstrap.UV.exists():
        leave_out("uv is not installed")
    wheels, folder = tmp_path / "wheels", tmp_path / "elsewhere"
    subprocess.run([sys.executable, "-m", "tools.wheels", str(wheels)], cwd=ROOT, check=True)
    folder.mkdir()
    (tmp_path / "python3").symlink_to(bootstrap.BASE_PYTHON)
    path = os.pathsep.join([str(bootstrap.UV / "bin"), str(tmp_path), os.defpath])
    environment = {name: os.environ[name] for name in KEPT if name in os.environ}
    environment |= bootstrap.settings_for_uv() | {"PATH": path, "WHEELS": str(wheels)}
    # The versions that everything else is tested with, which are there already.
    environment |= {
        "UV_CONSTRAINT": str(ROOT / "requirements-dev.lock"),
        "UV_PYTHON_PREFERENCE": "only-system",
    }
    ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
    with Reader(folder, environment, ports) as reader:
        reader.follow(PAGE)
