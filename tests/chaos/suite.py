"""Runs faults one after another on one mesh, each followed by rest and a check."""

import random
import re
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.chaos.books import read_books
from tests.chaos.checker import Finding, check, users_of
from tests.chaos.fault import Fault, Run
from tests.chaos.history import History
from tests.chaos.load import ANSWERED, METHODS, Load
from tests.chaos.report import INVARIANTS, Result, heading, line, write
from tests.chaos.rest import wait_for_rest
from tests.chaos.stage import SKU, Stage

WARM_S = 2.0


def chosen(faults: Sequence[Fault], *, only: Sequence[str], short: bool) -> list[Fault]:
    """Those whose name has one of the words of `only`; with `short` those of the selection."""
    named = [f for f in faults if not only or any(word.lower() in f.name.lower() for word in only)]
    return [fault for fault in named if fault.short or not short]


def run_all(
    faults: Sequence[Fault], *, seed: int, seconds: float | None, into: Path
) -> list[Result]:
    """Results are in `into` as they come: `latest.json`, and a history for each fault."""
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(parents=True)
    print(f"seed {seed}\n{heading()}", flush=True)
    results: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="chaos-") as var:
        try:
            with Stage(Path(var)) as stage:
                for fault in faults:
                    results.append(run_one(fault, stage, seed=seed, seconds=seconds, into=into))
                    print(line(results[-1]), flush=True)
                    write(results, into / "latest.json")
        finally:
            for log in Path(var).glob("*.log"):
                shutil.copy(log, into)
    return results


def run_one(fault: Fault, stage: Stage, *, seed: int, seconds: float | None, into: Path) -> Result:
    file = into / f"{re.sub('[^a-z0-9]+', '-', fault.name.lower())}.jsonl"
    with History(file) as history, _load(stage, history, seed, fault) as load:
        lasts_s = fault.seconds if seconds is None else min(seconds, fault.seconds)
        chance = random.Random(f"{seed} {fault.name}")  # noqa: S311  # repeatable, no secret
        run = Run(stage, load, history, chance, lasts_s)
        trouble = _inject(fault, run)
        healed = time.monotonic()
        load.stop()
        not_at_rest = wait_for_rest(stage)
        recovered_in_s = time.monotonic() - healed
        books = read_books(stage, users_of(history))
        findings = check(
            history,
            books,
            not_at_rest=[*trouble, *load.trouble, *not_at_rest],
            no_failure=fault.no_failure,
        )
        _note(history, findings)
        return Result(fault.name, findings, recovered_in_s)


def _load(stage: Stage, history: History, seed: int, fault: Fault) -> Load:
    """Where no failure is to be seen, the provider has none of its own either."""
    methods = ANSWERED if fault.no_failure else METHODS
    return Load(stage.url, SKU, history, f"{seed} {fault.name}", methods)


def _inject(fault: Fault, run: Run) -> list[str]:
    """What kept the fault from being injected or healed; that is no success either."""
    try:
        if not fault.quiet:
            run.load.start()
            time.sleep(WARM_S)
        fault.inject(run)
    except Exception as error:  # noqa: BLE001  # the other faults are to be run as well
        return [f"the fault could not be played: {type(error).__name__}: {error}"]
    return []


def _note(history: History, findings: dict[str, Finding]) -> None:
    for name in INVARIANTS:
        for text in findings[name].violations:
            history.write({"kind": "violation", "invariant": name, "text": text})
