"""Which tests run where: those of containers are not run by `make test` itself."""

import os
import subprocess
import sys


def test_on_containers_no_test_of_containers_is_left_out() -> None:
    found = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "--quiet", "tests/compose"],
        env={**os.environ, "MARKET_RUNNING": "on", "MARKET_COMPOSE": "unused"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stdout
    assert "tests/compose/test_containers.py" in found.stdout
    assert "deselected" not in found.stdout
