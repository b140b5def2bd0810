"""`python -m tools.migrations`: looks at the migrations of the kit and of each service."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from dev.engines.postgres import Postgres
from tools.gates import SERVICES, placeholders


def main() -> int:
    """Has each service's migrations looked at in a process of its own, on its settings."""
    told = os.environ | placeholders()
    with (
        tempfile.TemporaryDirectory() as folder,
        Postgres(Path(folder) / "postgres", port=0, durable=False) as postgres,
    ):
        for service in SERVICES:
            name = service.removesuffix("_service")
            told[f"{name.upper()}_DATABASE_URL"] = postgres.create(f"market_{name}")
        looking = [
            subprocess.Popen([sys.executable, "-m", "tools.migrations.look", service], env=told)
            for service in SERVICES
        ]
        return max(process.wait() for process in looking)


if __name__ == "__main__":
    sys.exit(main())
