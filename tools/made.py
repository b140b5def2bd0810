"""Files that are made from something else in the tree, and held in step with it."""

import sys
from collections.abc import Mapping
from pathlib import Path

from dev.config import ROOT


def write_or_check(
    files: Mapping[Path, str | bytes], source: str, command: str = "make gen"
) -> int:
    """Writes the files; with `--check` on the command line only prints which differ.

    Returns the exit code. `source` is what they are made from, `command` what makes them.
    """
    if "--check" not in sys.argv:
        for file, content in files.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(_bytes(content))
        return 0
    stale = [file for file, content in files.items() if not _holds(file, content)]
    for file in stale:
        name = file.relative_to(ROOT)
        print(f"{name} differs from {source}: run `{command}`", file=sys.stderr)
    return 1 if stale else 0


def _holds(file: Path, content: str | bytes) -> bool:
    return file.exists() and file.read_bytes() == _bytes(content)


def _bytes(content: str | bytes) -> bytes:
    return content if isinstance(content, bytes) else content.encode()
