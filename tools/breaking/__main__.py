"""The gate: fails when the contract breaks what was released last.

`python -m tools.breaking SET` compares that set; `--release VERSION SET` keeps it as released.
"""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from tools.breaking.compare import breaking
from tools.breaking.released import keep, released


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("set", type=Path)
    arguments.add_argument("--release", metavar="VERSION", help="keep the set as this version")
    given = arguments.parse_args()
    content = given.set.read_bytes()
    if given.release:
        keep(content, given.release)
        return 0
    version, before = released()
    found = breaking(before, content, today=datetime.now(UTC).date())
    for one in found:
        print(one, file=sys.stderr)
    if found:
        print(f"contract: {len(found)} changes break {version}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
