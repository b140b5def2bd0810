"""The packages that only peers need, in an environment of their own: made when first wanted."""

import os
import subprocess
import sys
from pathlib import Path

from dev.bootstrap import ROOT, UV, VENV, settings_for_uv

LOCK = ROOT / "requirements-bench.lock"
FOLDER = VENV / "bench"
PYTHON = FOLDER / "bin" / "python"
STAMP = FOLDER / "requirements-bench.lock"


def python() -> Path:
    """Returns a Python, as new as this one, with what `requirements-bench.lock` names."""
    if not STAMP.exists() or STAMP.read_bytes() != LOCK.read_bytes():
        print(f"installing {LOCK.name}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(FOLDER)], check=True)
        subprocess.run(_installing(), env={**os.environ, **settings_for_uv()}, check=True)
        STAMP.write_bytes(LOCK.read_bytes())
    return PYTHON


def _installing() -> list[str]:
    exactly = ["--quiet", "--no-deps", "--require-hashes", "-r", str(LOCK)]  # it is whole
    uv = UV / "bin" / "uv"
    if uv.exists():
        return [str(uv), "pip", "install", "--compile-bytecode", "--python", str(PYTHON), *exactly]
    return [str(PYTHON), "-m", "pip", "install", *exactly]
