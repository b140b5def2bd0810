"""The mesh on three hosts, as the chaos suite's load and checks see one."""

import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import psycopg

from dev.config import DATABASES, ROOT, Config
from dev.supervisor.launch import launch
from dev.up.setup import set_up
from tests.chaos.environment import stock_up
from tests.cluster.balancer import Balancer
from tests.cluster.engines import Engines
from tests.cluster.names import Names
from tests.cluster.network import GATEWAY, network
from tests.cluster.parts import EDGE_PORT, Part, Parts, targets
from tests.support.mesh_under_test import Addresses
from tests.support.waiting import eventually

SMTP_PORT = 1025
PROBES_EVERY_S = 0.3


class Rig:
    """Two of the hosts run the mesh from the start; `edge` is the balancer that clients ask."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self._config = Config.read(var, any_ports=True)
        self._stack = ExitStack()
        self._ended = threading.Event()
        self.names = Names(var / "names")
        self.edge = Balancer(to=EDGE_PORT)
        self.mails = Balancer(GATEWAY, SMTP_PORT, to=self._config.ports["SMTP_PORT"])
        self.mails.upstreams = ["127.0.0.1"]
        self.url = f"http://{self.edge.bind}:{self.edge.port}"
        self.at = Addresses(edge=self.url, mailbox=self._config.mailbox_url, grpc={})

    def __enter__(self) -> Self:
        with self._stack as stack:
            hosts = stack.enter_context(network())
            for server in (self.names, self.edge, self.mails):
                stack.enter_context(server)
            self.engines = stack.enter_context(Engines(self.var / "engines", hosts))
            self.environment = self._told()
            self._start_mailbox()
            set_up(self.environment, self.var)
            self.hosts = [
                Parts(host, self.environment, self.var / f"{host.name}.log") for host in hosts
            ]
            prober = threading.Thread(target=self._probe_until_ended)
            prober.start()
            stack.callback(prober.join)
            stack.callback(self._ended.set)
            with ThreadPoolExecutor(2) as both:
                for started in [both.submit(host.start) for host in self.hosts[:2]]:
                    started.result()
            eventually(lambda: len(self.edge.upstreams) == 2, 30)
            stock_up(self.at)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def database(self, service: str) -> "psycopg.Connection[tuple[Any, ...]]":
        """A connection as the service's own role, to whichever host can be written to."""
        return psycopg.connect(
            self.environment[f"{service.upper()}_DATABASE_URL"],
            autocommit=True,
            connect_timeout=3,
            target_session_attrs="read-write",
        )

    def _told(self) -> dict[str, str]:
        return {
            **self._config.environment(self.engines.urls()),
            **targets(),
            "SMTP_URL": f"smtp://{GATEWAY}:{SMTP_PORT}",
            "ORDER_MAILS_PER_HOUR": "1000000",
        }

    def _start_mailbox(self) -> None:
        with (self.var / "mailbox.log").open("ab") as output:
            process = launch(
                [sys.executable, "-m", "dev.mailbox.__main__"],
                ends_by=signal.SIGTERM,
                directory=ROOT,
                environment=self.environment,
                output=output,
            )
        self._stack.callback(_end, process)

    def _probe_until_ended(self) -> None:
        """Tells names and balancer which replicas are ready, as probes of a cluster do."""
        parts = [part for host in self.hosts for part in host if part.tier != "worker"]
        with ThreadPoolExecutor(len(parts)) as probes:
            while not self._ended.wait(PROBES_EVERY_S):
                states = dict(zip(parts, probes.map(Part.probe, parts), strict=True))
                ready = [part for part, serves in states.items() if serves]
                by_name = {
                    name: [each.host.address for each in ready if each.name == name]
                    for name in ("edge", *DATABASES)
                }
                self.edge.upstreams = by_name.pop("edge")
                self.edge.drop(
                    [
                        part.host.address
                        for part, serves in states.items()
                        if part.tier == "edge" and serves is None
                    ]
                )
                self.names.tell(by_name)


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    process.wait()
