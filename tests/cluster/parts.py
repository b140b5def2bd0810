"""The processes of the mesh on one host."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from dev.config import DATABASES, ROOT
from dev.supervisor.launch import launch
from tests.cluster.names import DOMAIN
from tests.cluster.network import Host
from tests.support.waiting import eventually

EDGE_PORT, METRICS_PORT = 8000, 9100
GRPC_PORTS = {name: 50051 + number for number, name in enumerate(DATABASES)}
READY_WITHIN_S, ENDS_WITHIN_S = 120.0, 30.0
PROBED_WITHIN_S = 1.0
# What each tier says of itself when it serves, and by what its share of the calls is known.
READY = {"edge": "http", "serve": "rpc", "worker": "steps"}
CALLS = {
    "edge": "http_server_request_duration_seconds_count",
    "serve": "rpc_server_call_duration_seconds_count",
}


class Part:
    """One process: `tier` is `edge`, `serve` or `worker`, the last with a relay in it."""

    def __init__(self, host: Host, name: str, tier: str, metrics_port: int) -> None:
        self.host, self.name, self.tier = host, name, tier
        self._metrics = f"{host.address}:{metrics_port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, environment: Mapping[str, str], log: Path) -> None:
        member = "edge_api" if self.tier == "edge" else f"{self.name}_service"
        role = ["worker", "--with-relay"] if self.tier == "worker" else ["serve"]
        own = {"METRICS_BIND": self._metrics}
        with log.open("ab") as output:
            self._process = launch(
                self.host.running(sys.executable, "-m", member, *role),
                ends_by=signal.SIGTERM,
                directory=ROOT,
                environment={**environment, **own},
                output=output,
            )

    def stop(self) -> None:
        """Ends it as a roll does; a repeat does nothing."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(ENDS_WITHIN_S)

    def wait_until_ready(self) -> None:
        eventually(self.probe, READY_WITHIN_S)

    def probe(self) -> bool | None:
        """Returns whether it says that it serves; None where nothing answers."""
        told = self._told("mesh_ready")
        if told is None:
            return None
        return f'mesh_ready{{part="{READY[self.tier]}"}} 1.0' in told

    def calls(self) -> float:
        """Returns how many calls it has served."""
        metric = CALLS[self.tier]
        told = self._told(metric) or ""
        return sum(
            float(number) for number in re.findall(rf"^{metric}{{.*}} (\S+)$", told, re.MULTILINE)
        )

    def _told(self, metric: str) -> str | None:
        asked = HTTPConnection(self._metrics, timeout=PROBED_WITHIN_S)
        try:
            asked.request("GET", f"/metrics?name[]={metric}")
            return asked.getresponse().read().decode()
        except (OSError, HTTPException):
            return None
        finally:
            asked.close()


class Parts:
    """All of a host: an edge, and each service with a worker."""

    def __init__(self, host: Host, environment: Mapping[str, str], log: Path) -> None:
        self.host, self._log = host, log
        self._environment = {**environment, **_binds(host)}
        tiers = [
            ("edge", "edge"),
            *((name, tier) for tier in ("serve", "worker") for name in DATABASES),
        ]
        self.all = [
            Part(host, name, tier, METRICS_PORT + number)
            for number, (name, tier) in enumerate(tiers)
        ]

    def __iter__(self) -> Iterator[Part]:
        return iter(self.all)

    def start(self) -> None:
        """Starts all, and waits until each is ready."""
        for part in self:
            part.start(self._environment, self._log)
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        for part in self:
            part.wait_until_ready()

    def roll(self, parts: Iterable[Part]) -> None:
        """Replaces one after another."""
        for part in parts:
            part.stop()
            part.start(self._environment, self._log)
            part.wait_until_ready()

    def stop(self) -> None:
        for part in self:
            part.stop()


def targets() -> dict[str, str]:
    return {
        f"{name.upper()}_SERVICE_TARGET": f"dns:///{name}.{DOMAIN}:{port}"
        for name, port in GRPC_PORTS.items()
    }


def _binds(host: Host) -> dict[str, str]:
    own = {
        f"{name.upper()}_SERVICE_BIND": f"{host.address}:{port}"
        for name, port in GRPC_PORTS.items()
    }
    return {"EDGE_BIND": f"{host.address}:{EDGE_PORT}", **own}
