"""Counts what requests cost, beside what is recorded: `make costs`, `make costs RECORD=1`."""

import argparse
import sys

from tests.costs import recorded
from tests.costs.counting import Cost, measure

TOP = 15


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.costs", description=__doc__)
    parser.add_argument("--record", action="store_true", help="record what was counted")
    parser.add_argument("--top", action="store_true", help="show what is called most")
    options = parser.parse_args()
    before, costs = recorded.read(), measure()
    grew = [path for path, cost in costs.items() if show(path, before.get(path), cost)]
    if options.top:
        for path, cost in costs.items():
            show_top(path, cost)
    if options.record:
        recorded.write(costs)
        print(f"recorded for Python {recorded.VERSION}")
        return 0
    return 1 if grew else 0


def show(path: str, before: recorded.Record | None, cost: Cost) -> bool:
    """Prints a path's figures and what grew; returns whether one is too dear."""
    figures = cost.figures()
    known = before.figures if before else {}
    too_dear = recorded.dearer(known, figures) if before else {}
    print(f"{path}:")
    for name, count in figures.items():
        print(f"  {name:<28} {count:>6}  recorded {known.get(name, '-'):>6}", end="")
        print("  TOO DEAR" if name in too_dear else "")
    if before:
        for line in recorded.growth(before, cost):
            print(f"    {line}")
    return bool(too_dear)


def show_top(path: str, cost: Cost) -> None:
    for member, functions in cost.busy().items():
        print(f"{path}, {member}, most called:")
        for name, count in sorted(functions.items(), key=lambda item: -item[1])[:TOP]:
            print(f"  {count:>5} {name}")


if __name__ == "__main__":
    sys.exit(main())
