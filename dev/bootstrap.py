"""Makes `.venv` hold exactly what a lock file says: `python3 dev/bootstrap.py [--dev]`.

Runs on the machine's own Python, before anything is installed, so it uses the standard
library alone. A `.venv` that is half made, from another Python or from before the folder
was moved is made anew; one that is right is left alone in a few milliseconds. Packages
come from the index that pip is set up for; uv fetches them where it can be had, pip
otherwise.
"""

import sys

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
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed.json"
UV = VENV / "uv"
UV_LOCK = ROOT / "requirements-uv.lock"
BASE_PYTHON = os.path.realpath(sys.executable)  # `python3` may be the one in .venv
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
            make_venv()
        STAMP.unlink(missing_ok=True)
        install(ROOT / LOCKS[kind])
        STAMP.write_text(json.dumps(wanted))


def stamp_of(kind: str) -> dict[str, str]:
    content = (ROOT / LOCKS[kind]).read_bytes()
    return {
        "kind": kind,
        "lock": hashlib.sha256(content).hexdigest(),
        "python": sys.version,
        "path": str(VENV),
    }


def read_stamp() -> dict[str, str]:
    """Returns what was installed last; nothing when .venv does not work."""
    try:
        runs = subprocess.run([PYTHON, "-c", ""], check=False, capture_output=True).returncode == 0
        return dict(json.loads(STAMP.read_text())) if runs else {}
    except (OSError, ValueError):
        return {}


def make_venv() -> None:
    say("making .venv")
    try:
        shutil.rmtree(VENV)
    except FileNotFoundError:
        pass
    except OSError as error:
        sys.exit(f"marketmesh: can't remove the old .venv: {error.strerror}: {error.filename}")
    made = run(BASE_PYTHON, "-m", "venv", str(VENV))
    if made.returncode != 0:
        sys.exit(f"marketmesh needs python3 3.11 or newer with venv; {last_line(made)}")


def install(lock: Path) -> None:
    say(f"installing {lock.name}")
    if not (UV / "bin" / "uv").exists():
        pip("install", "--quiet", "--require-hashes", "--target", str(UV), "-r", str(UV_LOCK))
    if (UV / "bin" / "uv").exists():
        # Compiled here, it need not be at every start where Python may not write.
        sync = ["pip", "sync", "--quiet", "--require-hashes", "--compile-bytecode"]
        command = [str(UV / "bin" / "uv"), *sync, "--python", str(PYTHON), str(lock)]
        # Where uv can keep no cache, as in a read-only home, it needs to be told to do without.
        for kept in ({}, {"UV_NO_CACHE": "1"}):
            if run(*command, **settings_for_uv(), **kept).returncode == 0:
                return
    installed = pip("install", "--quiet", "--require-hashes", "-r", str(lock))
    if installed.returncode != 0:
        sys.exit(f"marketmesh: packages can't be installed: {last_line(installed)}")


def settings_for_uv() -> dict[str, str]:
    """Returns pip's settings, which uv does not read, as uv's variables."""
    lines = pip("config", "list").stdout.splitlines()
    settings = dict(re.findall(r"^\S*?\.([\w-]+)='(.*)'$", "\n".join(lines), re.MULTILINE))
    return {uv: settings[name] for name, uv in PIP_TO_UV.items() if name in settings}


def pip(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return run(str(PYTHON), "-m", "pip", "--disable-pip-version-check", *arguments)


def run(*command: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    merged = {**os.environ, **environment}
    return subprocess.run(command, check=False, capture_output=True, text=True, env=merged)


def last_line(ended: "subprocess.CompletedProcess[str]") -> str:
    lines = (ended.stderr.strip() or ended.stdout.strip() or "no output").splitlines()
    return lines[-1]


def say(text: str) -> None:
    print(f"marketmesh: {text}", flush=True)


if __name__ == "__main__":
    main()
