"""A copy of what is checked out here, with the same .venv, to change at will."""

import os
import shutil
import subprocess
from pathlib import Path

from dev import bootstrap
from dev.config import ROOT


def checkout(folder: Path) -> Path:
    """Commits a copy of the files that git knows or would add; its .venv links to this one's."""
    listed = _git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    copy = folder / "marketmesh"
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).exists():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    for command in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "-m", "copied"]):
        _git(copy, *command)
    venv = copy / ".venv"
    venv.mkdir()
    for entry in bootstrap.VENV.iterdir():
        (venv / entry.name).symlink_to(entry)
    (venv / bootstrap.STAMP.name).unlink()
    # As dev.bootstrap would write it, so that it finds all installed.
    stamp = "from dev import bootstrap as b; import json; print(json.dumps(b.stamp_of('dev')))"
    said = subprocess.run(
        [venv / "bin" / "python", "-c", stamp], cwd=copy, check=True, stdout=subprocess.PIPE
    )
    (venv / bootstrap.STAMP.name).write_bytes(said.stdout)
    return copy


def environment_in(copy: Path) -> dict[str, str]:
    """Returns this process' environment, without what names this checkout."""
    own = {name: value for name, value in os.environ.items() if str(ROOT) not in value}
    path = os.pathsep.join([str(copy / ".venv" / "bin"), os.environ["PATH"]])
    return own | {"PATH": path, "PYTHONPATH": f"{copy}{os.pathsep}{copy / 'generated/python'}"}


def changed_in(copy: Path) -> str:
    """Returns what git says is new, gone or changed in a copy."""
    return _git(copy, "status", "--porcelain")


def _git(folder: Path, *command: str) -> str:
    who = ["-c", "user.name=nobody", "-c", "user.email=nobody@marketmesh.example"]
    ended = subprocess.run(
        ["git", *who, *command], cwd=folder, check=True, stdout=subprocess.PIPE, text=True
    )
    return ended.stdout
