"""Counts what one request of each hot path costs in each member of the mesh."""

import asyncio
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from memray import AllocatorType, FileReader

from tests.bench.load import GOOD, Load, Question
from tests.bench.workloads import SINGLE, Asker, Tokens
from tests.costs.mesh import CountedMesh, counted_mesh

PATHS = SINGLE
WARM_UP, TIMES = 15, 20
TRACES, TRACED = 8, 4
REST_S = 0.03  # what is written behind a request, such as log lines, is written by then
GIVES_UP_S = 30.0
IDLE = 20  # calls at most of a member that has no part in a request
RPC = "grpc/_server.py:_handle_call"  # grpcio calls it once for each RPC that arrives
_ALLOCATES = {
    AllocatorType.PYMALLOC_MALLOC,
    AllocatorType.PYMALLOC_CALLOC,
    AllocatorType.PYMALLOC_REALLOC,
}


@dataclass(frozen=True)
class Cost:
    """Of one request: `functions` and `allocations` by member, as `_usual` has them."""

    statements: list[str]
    functions: dict[str, dict[str, int]]
    allocations: dict[str, int]

    def figures(self) -> dict[str, int]:
        """Returns what is recorded and checked, by name."""
        found = {"statements": len(self.statements), "rpcs": self.rpcs()}
        for member, functions in self.busy().items():
            found[f"{member} calls"] = sum(functions.values())
            found[f"{member} allocations"] = self.allocations[member]
        return found

    def busy(self) -> dict[str, dict[str, int]]:
        """Returns the calls of the members that have a part in the request."""
        return {
            member: functions
            for member, functions in self.functions.items()
            if sum(functions.values()) > IDLE
        }

    def rpcs(self) -> int:
        return sum(functions.get(RPC, 0) for functions in self.functions.values())


def measure() -> dict[str, Cost]:
    """Returns the cost of each path, on a mesh of its own."""
    tokens = Tokens()
    with (
        tempfile.TemporaryDirectory(prefix="market-") as folder,
        counted_mesh(Path(folder), tokens) as mesh,
    ):
        return asyncio.run(_measured(mesh, tokens, Path(folder)))


async def _measured(mesh: CountedMesh, tokens: Tokens, folder: Path) -> dict[str, Cost]:
    loads = {path: Load(mesh.edge, _one_caller(path, tokens), GIVES_UP_S) for path in PATHS}
    called = {path: await _calls(mesh, loads[path]) for path in PATHS}
    # Afterwards, as tracing takes the place of what counts the calls.
    allocated = {path: await _allocations(mesh, loads[path], folder) for path in PATHS}
    for load in loads.values():
        load.close()
    return {path: Cost(*called[path], allocated[path]) for path in PATHS}


def _one_caller(path: str, tokens: Tokens) -> Callable[[], Question]:
    """Makes requests for distinct rows by one caller, whose token is known after the first.

    The product is one, so that `get_product` is answered by what the edge kept.
    """
    return Asker(tokens, "counted", callers=1, products=1).question(path)


async def _calls(mesh: CountedMesh, load: Load) -> tuple[list[str], dict[str, dict[str, int]]]:
    """Returns the statements and the calls of one request, by member."""
    for _ in range(WARM_UP):
        await _ask(load)
    seen: dict[str, list[dict[str, int]]] = {name: [] for name in mesh.members}
    statements: list[list[str]] = []
    for _ in range(1 + TIMES):
        await _ask(load)
        await asyncio.sleep(REST_S)
        statements.append(mesh.statements())
        for name, member in mesh.members.items():
            seen[name].append(member.counts())
    # The first has what came before it, too.
    usual = sorted(statements[1:], key=len)[TIMES // 4]
    return usual, {name: _usual(counts[1:]) for name, counts in seen.items()}


async def _allocations(mesh: CountedMesh, load: Load, folder: Path) -> dict[str, int]:
    files = {name: folder / f"{name}.trace" for name in mesh.members}
    counts: dict[str, list[int]] = {name: [] for name in mesh.members}
    for _ in range(TRACES):
        for name, member in mesh.members.items():
            member.trace(files[name])
        for _ in range(TRACED):
            await _ask(load)
        await asyncio.sleep(REST_S)
        for name, member in mesh.members.items():
            member.stop()
            counts[name].append(_allocated(files[name]) // TRACED)
    return {name: sorted(found)[TRACES // 4] for name, found in counts.items()}


async def _ask(load: Load) -> None:
    status, body = await load.answer()
    assert status in GOOD, body


def _usual(requests: list[dict[str, int]]) -> dict[str, int]:
    """Returns the first quartile of each function: what the background adds is above it."""
    names = sorted({name for counts in requests for name in counts})
    usual = {
        name: sorted(counts.get(name, 0) for counts in requests)[len(requests) // 4]
        for name in names
    }
    return {name: count for name, count in usual.items() if count}


def _allocated(trace: Path) -> int:
    with closing(FileReader(str(trace))) as reader:
        return sum(
            AllocatorType(record.allocator) in _ALLOCATES
            for record in reader.get_allocation_records()
        )
