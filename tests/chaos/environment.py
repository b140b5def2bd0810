"""The mesh that faults are injected into, and what a fault breaks it with."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol, Self

import psycopg

from dev.config import DATABASES, PORTS, ROOT
from dev.ports import HOST, free_ports
from dev.supervisor.control import Control
from tests.chaos.mail_gate import MailGate
from tests.chaos.proxy import Proxies, Proxy
from tests.support.local_mesh import LocalMesh
from tests.support.mesh_under_test import Addresses, Market
from tests.support.waiting import eventually

SKU = "CHAOS-1"
STOCK = 1_000_000
BACK_WITHIN_S = 90.0
ENDS_WITHIN_S = 30.0
EXTRA = ("edge gate", "payment gate", "mail gate", "second edge")
REPLICAS = 3


class Environment:
    """A mesh behind gates. `ports` are those of its processes, by the variable's name.

    Clients reach the edge through `edge`, everybody the payment service through
    `payment` and the mailbox through `mail`. Each service may be called at three
    addresses, of which one is served: the others are for replicas.
    """

    def __init__(self, var: Path) -> None:
        self.var = var
        numbers = free_ports(len(PORTS) + len(EXTRA) + (REPLICAS - 1) * len(DATABASES))
        self.ports = dict(zip(PORTS, numbers, strict=False))
        edge, payment, mail, self.second_edge = numbers[len(PORTS) : len(PORTS) + len(EXTRA)]
        spare = iter(numbers[len(PORTS) + len(EXTRA) :])
        self.replicas = {name: [next(spare), next(spare)] for name in DATABASES}
        self.edge = Proxy(edge, [self.ports["EDGE_PORT"]])
        self.payment = Proxy(payment, [self.ports["PAYMENT_PORT"]])
        self.mail = MailGate(mail, self.ports["SMTP_PORT"])
        self.failpoints = var / "failpoints"
        self.mesh = LocalMesh(var, self._told(), any_ports=False)
        self.control = Control(var)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self.failpoints.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            stack.enter_context(Proxies(self.edge, self.payment))
            stack.enter_context(self.mail)
            stack.callback(self.mesh.stop)
            self.at = self.mesh.start()
            self.environment: dict[str, str] = json.loads(self.mesh.ready.read_text())[
                "environment"
            ]
            stock_up(self.at)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def url(self) -> str:
        """Where clients ask."""
        return f"http://{HOST}:{self.edge.port}"

    def database(self, service: str) -> "psycopg.Connection[tuple[Any, ...]]":
        """A connection as the service's own role."""
        return psycopg.connect(
            self.environment[f"{service.upper()}_DATABASE_URL"],
            autocommit=True,
            connect_timeout=3,
            application_name="chaos",
        )

    def kill(self, name: str) -> None:
        """Kills a process by SIGKILL; returns when it runs again and the mesh is ready."""
        pid = self.pid(name)
        os.kill(pid, signal.SIGKILL)
        eventually(lambda: self.control.pid(name) not in (None, pid), BACK_WITHIN_S)
        self.wait_until_ready()

    def pid(self, name: str) -> int:
        """Returns the pid of a process that runs or is being restarted."""
        return eventually(lambda: self.control.pid(name), BACK_WITHIN_S)

    def wait_until_ready(self) -> None:
        with Market(self.at) as market:

            def ready() -> bool:
                with suppress(Exception):  # a broken mesh may return anything
                    return bool(market.get("/readyz").json().get("status") == "ready")
                return False

            eventually(ready, BACK_WITHIN_S, every_s=0.1)

    @contextmanager
    def running(self, *command: str, **environment: str) -> Iterator["subprocess.Popen[bytes]"]:
        """Runs one more process of the mesh, `python -m <command>`, ended with the context."""
        with (self.var / "extra.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=ROOT,
                env=self.environment | environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            yield process
        finally:
            end(process)

    @contextmanager
    def instead_of(self, name: str, *command: str, **environment: str) -> Iterator[None]:
        """Runs another process in the place of one of the mesh's."""
        self.mesh.hold(name)
        try:
            with self.running(*command, **environment):
                yield
        finally:
            self.mesh.release(name)

    def arm(self, point: str, action: str) -> None:
        partial = self.failpoints / f"{point}.partial"
        partial.write_text(action)
        partial.rename(self.failpoints / point)

    def fired(self, point: str, within_s: float = BACK_WITHIN_S) -> None:
        """Waits until a process reached the failpoint. Raises AssertionError when none does."""
        eventually(lambda: not (self.failpoints / point).exists(), within_s)

    def _told(self) -> dict[str, str]:
        numbers = {name: str(port) for name, port in self.ports.items()}
        first = {name: self.ports[f"{name.upper()}_PORT"] for name in DATABASES}
        first["payment"] = self.payment.port
        targets = {
            f"{name.upper()}_SERVICE_TARGET": ",".join(
                f"{HOST}:{port}" for port in (first[name], *self.replicas[name])
            )
            for name in DATABASES
        }
        return {
            **numbers,
            **targets,
            "SMTP_URL": f"smtp://{HOST}:{self.mail.port}",
            "MESH_FAILPOINTS": str(self.failpoints),
            # Each buyer orders more than a person does, and must get a mail for each order.
            "ORDER_MAILS_PER_HOUR": "1000000",
        }


class Mesh(Protocol):
    """What is looked at after a run. `environment` is that of the mesh's processes."""

    at: Addresses
    environment: dict[str, str]

    def database(self, service: str) -> "psycopg.Connection[tuple[Any, ...]]":
        """A connection as the service's own role."""


def stock_up(at: Addresses) -> None:
    """Something to buy that no run can exhaust."""
    product = {
        "sku": SKU,
        "title": "Chaos",
        "description": "",
        "price": {"currency_code": "EUR", "units": "5"},
        "stock": STOCK,
    }
    with Market(at) as market:
        answer = market.post("/api/products/", market.staff(), json=product)
        assert answer.status_code == 201, answer.text


def end(process: "subprocess.Popen[bytes]") -> None:
    """Ends a process by SIGTERM, or SIGKILL when it does not end; a repeat does nothing."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def pause_for(pids: list[int], seconds: float) -> None:
    """Stops processes by SIGSTOP; sends SIGCONT after `seconds`, whatever happens."""
    try:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
        time.sleep(seconds)
    finally:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
