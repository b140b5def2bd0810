"""The server of names: a real dnsmasq that says where the replicas of each service are."""

import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from dev.engines.engine import Engine
from dev.ports import accepts
from tests.cluster.network import GATEWAY

DOMAIN = "mesh"
PROGRAM = "dnsmasq"


class Names:
    """As a headless Service's: each name has the addresses of what is ready."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir()
        self._file = directory / "hosts"
        self._file.touch()
        self._told: Mapping[str, Sequence[str]] = {}
        self._engine = Engine(PROGRAM, directory, ends_by=signal.SIGTERM)

    def __enter__(self) -> Self:
        self._engine.start(self._command, lambda: accepts(GATEWAY, 53))
        return self

    def __exit__(self, *_: object) -> None:
        self._engine.stop()

    def tell(self, addresses: Mapping[str, Sequence[str]]) -> None:
        """Replaces what is known."""
        if addresses == self._told:
            return
        self._told = addresses
        lines = [
            f"{address} {name}.{DOMAIN}\n" for name, those in addresses.items() for address in those
        ]
        self._file.write_text("".join(lines))
        if (pid := self._engine.pid) is not None:
            os.kill(pid, signal.SIGHUP)  # it reads the file again

    def _command(self) -> list[str]:
        options = ("keep-in-foreground", "conf-file=/dev/null", "no-resolv", "no-hosts")
        told = (f"addn-hosts={self._file}", f"local=/{DOMAIN}/", "local-ttl=1")
        bound = (f"listen-address={GATEWAY}", "bind-interfaces", "user=root", "pid-file=")
        return [PROGRAM, *(f"--{option}" for option in (*options, *told, *bound))]
