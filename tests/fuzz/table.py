"""The result as a table: a row for each RPC and each identity, then what was wrong."""

from collections.abc import Iterator, Sequence

from tests.fuzz.report import EdgeRun
from tests.fuzz.servicers import Tally

SHOWN, CHARS = 20, 600
NAME, CELL = 48, 11


def of_servicers(tally: Tally, grown: Sequence[str]) -> Iterator[str]:
    yield _row("servicers", "calls", "OK") + "  other outcomes, the most frequent"
    for path, outcomes in sorted(tally.outcomes.items()):
        others = [f"{name} {n}" for name, n in outcomes.most_common() if name != "OK"]
        row = _row(path.rpartition(".")[2], outcomes.total(), outcomes["OK"])
        yield f"{row}  {', '.join(others[:4])}"
    yield _row("all", tally.calls, "") + f"  {len(tally.findings)} wrong"
    if tally.apart:
        counted = ", ".join(f"{name} {n}" for name, n in tally.apart.most_common())
        yield f"of these depend on more than the request: {counted}"
    for finding in [*tally.findings[:SHOWN], *grown]:
        yield f"WRONG: {finding if len(finding) < CHARS else f'{finding[:CHARS]}…'}"


def of_costs(tried: int, dear: Sequence[str]) -> Iterator[str]:
    yield _row("costs", "requests", "too dear")
    yield _row("wide, deep, long, of many faults", tried, len(dear))
    for finding in dear:
        yield f"TOO DEAR: {finding}"


def of_edge(runs: Sequence[EdgeRun]) -> Iterator[str]:
    if runs:
        yield _row("edge, asked by", "operations", "cases", "failures")
    for run in runs:
        ran_out = "" if run.complete else "  the time ran out"
        yield _row(run.identity, run.operations, run.cases, run.failures) + ran_out
    for run in runs:
        if run.failures and run.log.exists():  # with a curl command for each of them
            yield run.log.read_text(errors="replace")


def _row(name: str, *cells: object) -> str:
    return f"{name:<{NAME}}" + "".join(f"{cell:>{CELL}}" for cell in cells)
