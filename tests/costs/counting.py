"""Counts what one request of each hot path costs in each member of the mesh."""

import asyncio
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from memray import AllocatorType, FileReader

from tests.bench.load import GOOD, Load, Question
from tests.bench.workloads import SHOP, Asker, Tokens
from tests.costs.mesh import CountedMesh, Member, counted_mesh

PATHS = tuple(SHOP)
WARM_UP, TIMES = 15, 21
TRACES, TRACED = 5, 10
REST_S = 0.03  # what is written behind a request, such as log lines, is written by then
SETTLED_WITHIN_S = 1.0
GIVES_UP_S = 30.0
RPC = "grpc/_server.py:_handle_call"  # grpcio calls it once for each RPC that arrives
_ALLOCATES = {
    AllocatorType.PYMALLOC_MALLOC,
    AllocatorType.PYMALLOC_CALLOC,
    AllocatorType.PYMALLOC_REALLOC,
}


@dataclass(frozen=True)
class Cost:
    """Of one request: `functions` and `allocations` by member, medians over many requests."""

    statements: list[str]
    functions: dict[str, dict[str, int]]
    allocations: dict[str, int]

    def figures(self) -> dict[str, int]:
        """Returns what is recorded and checked, by name."""
        found = {"statements": len(self.statements), "rpcs": self.rpcs()}
        for member, functions in self.functions.items():
            found[f"{member} calls"] = sum(functions.values())
            found[f"{member} allocations"] = self.allocations[member]
        return {name: count for name, count in found.items() if count}

    def rpcs(self) -> int:
        return sum(functions.get(RPC, 0) for functions in self.functions.values())


def measure(paths: Iterable[str] = PATHS) -> dict[str, Cost]:
    """Returns the cost of each path, on a mesh of its own."""
    tokens = Tokens()
    with (
        tempfile.TemporaryDirectory(prefix="market-") as folder,
        counted_mesh(Path(folder), tokens) as mesh,
    ):
        return asyncio.run(_measured(mesh, tokens, list(paths), Path(folder)))


async def _measured(
    mesh: CountedMesh, tokens: Tokens, paths: list[str], folder: Path
) -> dict[str, Cost]:
    loads = {path: Load(mesh.edge, _one_caller(path, tokens), GIVES_UP_S) for path in paths}
    called = {path: await _calls(mesh, loads[path]) for path in paths}
    # Afterwards, as tracing takes the place of what counts the calls.
    allocated = {path: await _allocations(mesh, loads[path], folder) for path in paths}
    return {path: Cost(*called[path], allocated[path]) for path in paths}


def _one_caller(path: str, tokens: Tokens) -> Callable[[], Question]:
    return Asker(tokens, "counted").question(path)


async def _calls(mesh: CountedMesh, load: Load) -> tuple[list[str], dict[str, dict[str, int]]]:
    """Returns the statements and the calls of one request, by member."""
    for _ in range(WARM_UP):
        await _ask(load)
    seen: dict[str, list[Counter[str]]] = {name: [] for name in mesh.members}
    statements: list[list[str]] = []
    before = {name: _settled(member) for name, member in mesh.members.items()}
    mesh.statements()
    for _ in range(TIMES):
        await _ask(load)
        await asyncio.sleep(REST_S)
        after = {name: _settled(member) for name, member in mesh.members.items()}
        statements.append(mesh.statements())
        for name, counts in after.items():
            seen[name].append(counts - before[name])
        before = after
    statements.sort(key=len)
    return statements[TIMES // 2], {name: _median(counts) for name, counts in seen.items()}


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
    return {name: int(statistics.median(found)) for name, found in counts.items()}


async def _ask(load: Load) -> None:
    status, body = await load.answer()
    assert status in GOOD, body


def _settled(member: Member) -> Counter[str]:
    """Returns a member's counts when they stand still, or after a second of not doing so."""
    latest = time.monotonic() + SETTLED_WITHIN_S
    counts, before = member.counts(), None
    while counts != before and time.monotonic() < latest:
        counts, before = member.counts(), counts
    return Counter(counts)


def _median(requests: list[Counter[str]]) -> dict[str, int]:
    """Returns the median of each function: what runs now and then in the background has none."""
    names = {name for counts in requests for name in counts}
    medians = {
        name: int(statistics.median_low([counts[name] for counts in requests]))
        for name in sorted(names)
    }
    return {name: count for name, count in medians.items() if count}


def _allocated(trace: Path) -> int:
    with closing(FileReader(str(trace))) as reader:
        return sum(
            AllocatorType(record.allocator) in _ALLOCATES
            for record in reader.get_allocation_records()
        )
