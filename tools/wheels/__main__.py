"""Builds the kit's wheels from what is checked out: `python -m tools.wheels FOLDER`.

Each is described by the pyproject.toml of its folder here. Nothing of the shop is in them: of the
contracts only the options, and the RPC that carries batches.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from dev.config import ROOT

HERE = Path(__file__).parent
PROTOS, PYTHON = ROOT / "protos", ROOT / "generated" / "python"
# The packages of contracts that are the kit's own.
CONTRACTS = ("market/options", "market/batch")
LEFT_OUT = shutil.ignore_patterns("tests", "conftest.py", "__pycache__")


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit("usage: python -m tools.wheels FOLDER")
    folder = Path(sys.argv[1]).resolve()
    build("kit", kit(), folder)
    build("edge", [(ROOT, "edge_api")], folder)


def kit() -> list[tuple[Path, str]]:
    """Returns what the kit's wheel is made of: where each part is, and its path in the wheel."""
    stubs = [(PYTHON, path) for path in ("market/__init__.py", "market/py.typed", "buf")]
    contracts = [(parent, path) for path in CONTRACTS for parent in (PROTOS, PYTHON)]
    return [(ROOT, "mesh"), *stubs, *contracts]


def build(name: str, parts: Sequence[tuple[Path, str]], folder: Path) -> None:
    """Builds one wheel into a folder, and prints its path. Raises CalledProcessError."""
    with tempfile.TemporaryDirectory() as staged:
        for parent, path in parts:
            _copy(parent / path, Path(staged) / path)
        shutil.copy(HERE / name / "pyproject.toml", staged)
        shutil.copy(ROOT / "docs" / "kit.md", Path(staged) / "README.md")
        command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
        subprocess.run(command, cwd=staged, check=True)


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=LEFT_OUT, dirs_exist_ok=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)


if __name__ == "__main__":
    main()
