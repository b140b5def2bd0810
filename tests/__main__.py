"""`make test`: the tests of every part in turn, and in the end what each came to."""

import subprocess
import sys
import time

from dev.config import DATABASES
from dev.steps import box

# The first folder of each decides whose settings are loaded, and which engines are started.
PARTS = (
    ["mesh"],
    *([f"{name}_service"] for name in DATABASES),
    ["edge_api"],
    ["dev", "deploy", "tests"],
)


def main() -> int:
    """Returns the exit code: 1 when a part's tests failed; the others are run all the same."""
    lines, failed = [], False
    for number, part in enumerate(PARTS, 1):
        print(f"\n── {number} of {len(PARTS)}: {' '.join(part)}", flush=True)
        started = time.monotonic()
        code = subprocess.run([sys.executable, "-m", "pytest", *part], check=False).returncode
        failed |= code != 0
        how = "passed" if code == 0 else f"failed: python -m pytest {' '.join(part)}"
        lines.append(f"{' '.join(part):<18} {time.monotonic() - started:6.0f} s  {how}")
    print(box([*lines, "", "make check holds the rest: form, types, imports, generated code"]))
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
