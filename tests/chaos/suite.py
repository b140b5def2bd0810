"""Runs faults one after another on one mesh, each followed by rest and a check."""

import math
import random
import re
import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.checker import LATE_S, Finding, check, users_of
from tests.chaos.environment import SKU, Environment
from tests.chaos.fault import Fault, Run
from tests.chaos.history import History
from tests.chaos.load import ANSWERED, METHODS, Load
from tests.chaos.quiesce import quiesce
from tests.chaos.report import INVARIANTS, Result, heading, line, write
from tests.chaos.snapshot import take_snapshot

WARM_S = 2.0
BEGUN_WITHIN_S = 40 * 60.0


class TookTooLong(Exception):
    """There was no time for some of the faults."""


@dataclass(frozen=True)
class Manner:
    """How faults are played. `seconds`: how long each that lasts is to last at most.

    `late_s`: by how much an answer may miss its deadline.
    """

    seed: int
    into: Path
    seconds: float = math.inf
    late_s: float = LATE_S


def chosen(faults: Sequence[Fault], *, only: Sequence[str], short: bool) -> list[Fault]:
    """Returns the faults whose name has a word of `only`; with `short` those of the selection."""
    named = [f for f in faults if not only or any(word.lower() in f.name.lower() for word in only)]
    return [fault for fault in named if fault.short or not short]


def run_all(faults: Sequence[Fault], manner: Manner) -> list[Result]:
    """Results are in `manner.into` as they come: `latest.json`, and a history for each fault.

    Raises TookTooLong rather than go on for ever where nothing recovers.
    """
    shutil.rmtree(manner.into, ignore_errors=True)
    manner.into.mkdir(parents=True)
    print(f"seed {manner.seed}\n{heading()}", flush=True)
    with tempfile.TemporaryDirectory(prefix="chaos-") as var:
        try:
            with Environment(Path(var)) as environment:
                return run_each(faults, environment, manner)
        finally:
            for log in Path(var).glob("*.log"):
                shutil.copy(log, manner.into)


def run_each(faults: Sequence[Fault], environment: Environment, manner: Manner) -> list[Result]:
    results: list[Result] = []
    give_up_at = time.monotonic() + BEGUN_WITHIN_S
    for fault in faults:
        if time.monotonic() > give_up_at:
            raise TookTooLong(f"{len(faults) - len(results)} faults were not played: no time left")
        results.append(run_one(fault, environment, manner))
        print(line(results[-1]), flush=True)
        write(results, manner.into / "latest.json")
    return results


def run_one(fault: Fault, environment: Environment, manner: Manner) -> Result:
    file = manner.into / f"{re.sub('[^a-z0-9]+', '-', fault.name.lower())}.jsonl"
    with History(file) as history, _load(environment, history, manner.seed, fault) as load:
        chance = random.Random(f"{manner.seed} {fault.name}")  # noqa: S311  # repeatable, no secret
        run = Run(environment, load, history, chance, min(manner.seconds, fault.seconds))
        trouble = _inject(fault, run)
        healed = time.monotonic()
        load.stop()
        not_at_rest = quiesce(environment)
        recovered_in_s = time.monotonic() - healed
        findings = check(
            history,
            take_snapshot(environment, users_of(history)),
            not_at_rest=[*trouble, *load.trouble, *not_at_rest],
            no_failure=fault.no_failure,
            late_s=manner.late_s,
        )
        _note(history, findings)
        return Result(fault.name, findings, recovered_in_s)


def _load(environment: Environment, history: History, seed: int, fault: Fault) -> Load:
    """Where no failure is to be seen, the provider has none of its own either."""
    methods = ANSWERED if fault.no_failure else METHODS
    return Load(environment.url, SKU, history, f"{seed} {fault.name}", methods)


def _inject(fault: Fault, run: Run) -> list[str]:
    """Returns what kept the fault from being injected or healed; that is no success either."""
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
