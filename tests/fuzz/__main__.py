"""`python -m tests.fuzz [--seed N] [--only PART …] [--calls N] [--examples N] [--minutes M]`."""

import argparse
import secrets
import sys
from pathlib import Path

from dev.config import ROOT
from tests.fuzz.suite import Plan, run


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--only", nargs="+", default=[], metavar="PART", help="of RPCs' names")
    parser.add_argument("--calls", type=int, default=100_000, help="of servicers")
    parser.add_argument("--examples", type=int, default=500, help="of each operation")
    parser.add_argument("--minutes", type=float, default=60.0, help="when to stop at the latest")
    parser.add_argument("--into", type=Path, default=ROOT / "var" / "fuzz")
    options = parser.parse_args()
    plan = Plan(
        seed=options.seed,
        examples=options.examples,
        calls=options.calls,
        seconds=options.minutes * 60,
        only=tuple(options.only),
    )
    print(f"seed {plan.seed}", flush=True)
    report = run(plan, options.into)
    report.write(options.into / "latest.json")
    if report.failed:
        print(f"failed; all of it again: make fuzz SEED={plan.seed}; one RPC of a servicer:")
        print(f"  python -m tests.fuzz --seed {plan.seed} --only UserService/GetUser")
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
