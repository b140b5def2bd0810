"""`python -m tests.chaos [--seed N] [--only NAME …] [--short] [--seconds S] [--late S]`."""

import argparse
import math
import secrets
import sys
from pathlib import Path

from dev.config import ROOT
from tests.chaos.checker import LATE_S
from tests.chaos.faults import FAULTS
from tests.chaos.suite import Manner, TookTooLong, chosen, run_all


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="parts of names")
    parser.add_argument("--short", action="store_true", help="a selection, in under 4 minutes")
    parser.add_argument(
        "--seconds", type=float, default=math.inf, help="how long each fault that lasts is to last"
    )
    parser.add_argument(
        "--late", type=float, default=LATE_S, help="seconds by which an answer may be late"
    )
    parser.add_argument("--list", action="store_true", help="name the faults")
    parser.add_argument("--into", type=Path, default=ROOT / "var" / "chaos")
    options = parser.parse_args()
    faults = chosen(FAULTS, only=options.only, short=options.short)
    if not faults:
        parser.error("no fault is named so; --list names them all")
    if options.list:
        print("\n".join(fault.name for fault in faults))
        return 0
    manner = Manner(options.seed, options.into, options.seconds, options.late)
    try:
        results = run_all(faults, manner)
    except TookTooLong as error:
        print(error, file=sys.stderr)
        return 1
    return 1 if any(result.violations for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
