"""How long the serving processes of a service run."""

import os
import subprocess
import sys
from pathlib import Path

# Beside those that serve it has another child, which has ended, as the first process of a
# container gets orphans.
RUN = """
import os, subprocess, sys
from mesh.runtime.processes import serve_all

orphan = subprocess.Popen([sys.executable, "-c", ""])
os.waitid(os.P_PID, orphan.pid, os.WEXITED | os.WNOWAIT)
sys.exit(serve_all("served", ["127.0.0.1:0"]))
"""


def test_a_service_runs_until_one_of_its_own_processes_ends(tmp_path: Path) -> None:
    (tmp_path / "served.py").write_text("raise SystemExit(7)")
    paths = os.pathsep.join([str(tmp_path), *sys.path])
    run = subprocess.run(
        [sys.executable, "-c", RUN], env={**os.environ, "PYTHONPATH": paths}, check=False
    )
    assert run.returncode == 7
