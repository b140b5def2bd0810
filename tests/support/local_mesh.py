"""A whole mesh of a test's own, started as `make up` starts it."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.support.mesh_under_test import Addresses, read_addresses
from tests.support.waiting import eventually

READY_WITHIN_S = 180  # a start takes 10 s where nothing else runs
STOPPED_WITHIN_S = 60


class LocalMesh:
    """A mesh of its own under `var`, started and stopped by `python -m dev`.

    `environment` is added to this process'. With `any_ports` free ports are taken, whatever
    ports the environment names.
    """

    def __init__(
        self,
        var: Path,
        environment: Mapping[str, str] | None = None,
        *,
        any_ports: bool = True,
    ) -> None:
        self.var = var
        self.ready = var / "ready.json"
        self._ports = ["--ports-free"] if any_ports else []
        self._environment = {**os.environ, **(environment or {})}
        self.log = var / "up.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Addresses:
        self.ready.unlink(missing_ok=True)
        command = [sys.executable, "-m", "dev", "up", "--var", str(self.var)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*command, *self._ports, "--ready-json", str(self.ready)],
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._environment,
                start_new_session=True,
            )
        self._wait_until_ready()
        return read_addresses(self.ready)

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(STOPPED_WITHIN_S)

    def hold(self, name: str) -> None:
        """Stops one process and keeps it stopped."""
        self._control("stop", name)

    def release(self, name: str) -> None:
        self._control("start", name)

    def _control(self, verb: str, name: str) -> None:
        command = [sys.executable, "-m", "dev", verb, name, "--var", str(self.var)]
        subprocess.run(command, check=True, timeout=30)

    def _wait_until_ready(self) -> None:
        def there() -> bool:
            assert self._process is not None
            assert self._process.poll() is None, f"the mesh did not start:\n{self.log.read_text()}"
            return self.ready.exists()

        eventually(there, READY_WITHIN_S)
