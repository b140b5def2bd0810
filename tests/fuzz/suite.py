"""Runs all parts of the fuzz on one mesh, and watches the mesh's memory."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dev.config import DATABASES
from dev.supervisor.control import Control
from mesh.contract.model import Method, market_contract
from tests.fuzz.costs import Costs
from tests.fuzz.edge import IDENTITIES, Edge
from tests.fuzz.known import known
from tests.fuzz.memory import grown, resident_mib
from tests.fuzz.people import People
from tests.fuzz.report import EdgeRun, Report
from tests.fuzz.servicers import Servicers, Tally
from tests.fuzz.table import of_costs, of_edge, of_servicers
from tests.support.local_mesh import LocalMesh
from tests.support.mesh_under_test import Market, read_addresses

# Asked last in a turn, as they end the accounts that ask.
ENDS_ACCOUNTS = {"RevokeSession", "RevokeAllSessions", "ChangePassword", "LockUser", "DeleteUser"}
SERVICERS_PART = 0.4  # of the time
COST_TIMEOUT_S = 60.0  # what is dear is to be measured, not given up on
# Until then a servicer opens connections and fills caches.
WARM_CALLS = 20_000


@dataclass(frozen=True)
class Plan:
    """A plan of how much is tried: `examples` of each operation, `calls` of servicers.

    After `seconds` it ends, with what was tried until then.

    `examples_a_turn`: so many requests for each RPC before there are new accounts. The same
    `seed` makes the same requests, but for the ids in them. `only`: parts of the
    names of RPCs, such as `UserService/Get`; the edge is left out then.
    """

    seed: int
    examples: int
    calls: int
    seconds: float
    examples_a_turn: int = 50
    only: tuple[str, ...] = ()

    def methods(self) -> list[Method]:
        chosen = [
            method
            for method in market_contract()
            if not self.only or any(part in method.path for part in self.only)
        ]
        return sorted(chosen, key=lambda method: method.name in ENDS_ACCOUNTS)


class Clock:
    """The clock of a run that is to end after `seconds`."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def part(self, share: float) -> float:
        """Returns when a part has to end that may take this share of the time left."""
        now = time.monotonic()
        return now + max(0.0, self._end - now) * share


def run(plan: Plan, into: Path) -> Report:
    """Runs all parts, prints the result of each, and leaves the logs in `into`."""
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(parents=True)
    clock = Clock(plan.seconds)
    with tempfile.TemporaryDirectory(prefix="fuzz-") as var:
        mesh = LocalMesh(Path(var), {"EDGE_TRUSTED_PROXIES": "1"})
        try:
            mesh.start()
            tried, dear = _costs(plan, mesh)
            print("\n".join(of_costs(tried, dear)), flush=True)
            tally, grew = _servicers(plan, mesh, clock.part(1 if plan.only else SERVICERS_PART))
            (into / "findings.txt").write_text("\n".join([*dear, *tally.findings, *grew]))
            print("\n".join(of_servicers(tally, grew)), flush=True)
            edge = [] if plan.only else list(_edge(plan, Edge(mesh.ready, into), clock))
            print("\n".join(of_edge(edge)), flush=True)
            return Report(edge, tally, grew, dear)
        finally:
            mesh.stop()
            shutil.copy(mesh.log, into)


def _costs(plan: Plan, mesh: LocalMesh) -> tuple[int, list[str]]:
    """Returns how many requests were measured, and which were too dear."""
    control = Control(mesh.var)
    pids = [pid for name in ("edge", *DATABASES) if (pid := control.pid(name)) is not None]
    with Market(read_addresses(mesh.ready)) as market:
        market.http.timeout = COST_TIMEOUT_S
        costs = Costs(market, People.opened(market, mesh.ready), pids)
        dear = list(costs.findings(plan.methods()))
        return costs.tried, dear


def _servicers(plan: Plan, mesh: LocalMesh, end: float) -> tuple[Tally, list[str]]:
    """Calls every RPC in turns, each with new accounts; returns the tally and what grew."""
    tally, turn, warm = Tally(), 0, resident_mib(mesh.var)
    at = read_addresses(mesh.ready)
    while tally.calls < plan.calls and time.monotonic() < end:
        with Market(at) as market:
            people = People.opened(market, mesh.ready)
            likely = known(market, people)
        with Servicers(at.grpc, people, likely) as servicers:
            for method in plan.methods():
                if time.monotonic() > end:
                    break
                number = plan.seed * 1000 + turn
                servicers.ask(method, tally, number=number, examples=plan.examples_a_turn)
        turn += 1
        if tally.calls < WARM_CALLS:
            warm = resident_mib(mesh.var)
    return tally, list(grown(warm, resident_mib(mesh.var)))


def _edge(plan: Plan, edge: Edge, clock: Clock) -> Iterator[EdgeRun]:
    for left, together in zip(range(len(IDENTITIES), 0, -1), IDENTITIES, strict=True):
        end = clock.part(1 / left)
        started = {
            identity: edge.start(identity, examples=plan.examples, seed=plan.seed)
            for identity in together
        }
        for identity, process in started.items():
            yield edge.result(identity, process, end - time.monotonic())
