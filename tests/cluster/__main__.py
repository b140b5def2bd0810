"""`make test-cluster`: the mesh on three hosts, which are lost and replaced under load.

It takes root, iproute2 and dnsmasq, and up to ten minutes, and leaves nothing.
"""

import os
import re
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from types import FrameType

from dev.config import ROOT
from tests.chaos.checker import check, users_of
from tests.chaos.environment import SKU
from tests.chaos.history import History
from tests.chaos.load import ANSWERED, Load
from tests.chaos.quiesce import quiesce
from tests.chaos.report import Result, heading, line
from tests.chaos.snapshot import take_snapshot
from tests.cluster.acts import ACTS, Act
from tests.cluster.names import PROGRAM
from tests.cluster.rig import Rig

INTO = ROOT / "var" / "cluster"
WARM_S = 3.0
ENDS_WITHIN_S = 600
LATE_S = 1.0  # two processors serve all hosts


def main() -> int:
    lacking = [program for program in ("ip", PROGRAM) if not shutil.which(program)]
    if os.geteuid() != 0 or lacking:
        print(f"left out: the rig takes root{', '.join(['', *lacking])}")
        return 0
    for number in (signal.SIGTERM, signal.SIGALRM):
        signal.signal(number, _stop)
    signal.alarm(ENDS_WITHIN_S)
    shutil.rmtree(INTO, ignore_errors=True)
    INTO.mkdir(parents=True)
    with tempfile.TemporaryDirectory(prefix="cluster-") as var:
        try:
            with Rig(Path(var)) as rig:
                print(heading(), flush=True)
                fine = [play(rig, act) for act in ACTS]
        finally:
            for log in Path(var).glob("*.log"):
                shutil.copy(log, INTO)
    return 0 if all(fine) else 1


def _stop(number: int, _: FrameType | None) -> None:
    raise SystemExit(f"ended by {signal.Signals(number).name}: ten minutes are the most")


def play(rig: Rig, act: Act) -> bool:
    """Plays one act under load and prints what came of it; returns whether all held."""
    file = INTO / f"{re.sub('[^a-z]+', '-', act.name)}.jsonl"
    trouble: list[str] = []
    with History(file) as history, Load(rig.url, SKU, history, act.name, ANSWERED) as load:
        load.start()
        time.sleep(WARM_S)
        began = time.time()
        told: list[str] = []
        try:
            told = act.play(rig)
        except Exception as error:  # noqa: BLE001  # the other acts are to be played as well
            trouble.append(f"it could not be played: {type(error).__name__}: {error}")
        ended = time.monotonic()
        time.sleep(WARM_S)
        load.stop()
        at_rest = quiesce(rig, within_s=120)
        down_s = without_an_order_s(history, began)
        if down_s > act.down_s:
            trouble.append(f"for {down_s:.1f} s no order was placed")
        found = check(
            history,
            take_snapshot(rig, users_of(history)),
            not_at_rest=[*trouble, *load.trouble, *at_rest],
            no_failure=False,
            late_s=LATE_S,
        )
    result = Result(act.name, found, time.monotonic() - ended)
    told.append(f"no order was placed for {down_s:.1f} s at most; {seen(history)}")
    print("\n".join([line(result), *(f"    {one}" for one in told)]), flush=True)
    return not result.violations


def without_an_order_s(history: History, since: float) -> float:
    """Returns the longest time between two orders that were placed."""
    placed = [event.at for event in history.of("order") if event.at > since]
    return max(
        (b - a for a, b in zip([since, *placed], placed, strict=False)), default=float("inf")
    )


def seen(history: History) -> str:
    """Returns what clients were answered, by status."""
    statuses = Counter(event.status for event in history.ended())
    return ", ".join(
        f"{status or 'no answer'}: {count}" for status, count in sorted(statuses.items())
    )


if __name__ == "__main__":
    sys.exit(main())
