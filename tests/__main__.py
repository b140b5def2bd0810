"""`make test`: the tests of every part, and in the end what each came to.

`python -m tests mesh edge_api` runs those of these parts only. With MACHINES, as in CI, one more
follows the README on the machine's Pythons.
TEST_JOBS says how many parts run at a time, by default one. Of several the output of each is
shown when it has ended.
"""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from dev.config import DATABASES
from dev.steps import box

# What builds programs, and works in environments, of its own.
PROGRAMS = ("tests/interop", "tests/pages")
# What keeps a mesh of its own busy.
BUSY = ("tests/chaos", "tests/fuzz", "tests/costs")
# What fetches all anew, and takes minutes; else the first part says that it is left out.
FRESH = [["tests/machines", "-k", "python_here"]] if "MACHINES" in os.environ else []
APART = (*PROGRAMS, *BUSY, *(folder for folder, *_ in FRESH))
# The first folder of each decides whose settings are loaded, and which engines are started.
# The longest come first, so that others can run beside them.
PARTS = (
    ["dev", "deploy", "tests", *(f"--ignore={folder}" for folder in APART)],
    PROGRAMS,
    BUSY,
    *FRESH,
    ["mesh"],
    *([f"{name}_service"] for name in DATABASES),
    ["edge_api"],
)
JOBS = int(os.environ.get("TEST_JOBS", "1"))


class Outcome(NamedTuple):
    """What the tests of a part came to."""

    part: Sequence[str]
    passed: bool
    took_s: float

    def __str__(self) -> str:
        names = " ".join(self.part)
        how = "passed" if self.passed else f"failed: python -m pytest {names}"
        return f"{names:<18} {self.took_s:6.0f} s  {how}"


def main() -> int:
    """Returns the exit code: 1 when a part's tests failed; the others are run all the same."""
    parts = {part[0]: part for part in PARTS}
    named = sys.argv[1:] or list(parts)
    if unknown := [name for name in named if name not in parts]:
        sys.exit(f"no part of the tests is called {unknown[0]}; there are {', '.join(parts)}")
    with ThreadPoolExecutor(JOBS) as side_by_side:
        outcomes = list(side_by_side.map(_run, [parts[name] for name in named]))
    closing = "make check holds the rest: form, types, imports, generated code"
    print(box([*map(str, outcomes), "", closing]))
    return int(not all(outcome.passed for outcome in outcomes))


def _run(part: Sequence[str]) -> Outcome:
    print(f"\n── {' '.join(part)}", flush=True)
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *part],
        check=False,
        stdout=None if JOBS == 1 else subprocess.PIPE,
        stderr=None if JOBS == 1 else subprocess.STDOUT,
    )
    if done.stdout is not None:
        sys.stdout.buffer.write(f"\n── {' '.join(part)}, ended\n".encode() + done.stdout)
        sys.stdout.buffer.flush()
    return Outcome(part, done.returncode == 0, time.monotonic() - started)


if __name__ == "__main__":
    sys.exit(main())
