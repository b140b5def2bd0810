"""The README's first lines on every Python that this machine has, and in a bare Debian.

`make test-machines`; not part of `make test`, as it takes minutes and needs an index. CI runs what
has `python_here` in its name, by `tests/__main__.py`, as all else is tested on one Python, and of
these the oldest and the newest.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from dev.config import PORTS, ROOT
from dev.ports import free_ports
from dev.supervisor.launch import NOBODY
from tests.support.left_out import in_ci, leave_out, need, need_root

OLDEST, NEWEST = 11, 16
SUITE = "sid"  # its python3 is the newest that Debian has
PACKAGES = "make,python3-venv,ca-certificates"
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
WITHIN_S, TESTED_WITHIN_S = 600, 900
ALONE = ("mesh", "edge_api")  # whose tests need no running mesh
PRINTED = 10_000
README = """
cd "$CHECKOUT"
make up > up.log 2>&1 &
up=$!
until grep --quiet 'is ready in' up.log; do
    kill -0 $up || { cat up.log; exit 1; }
    sleep 0.2
done
make demo > demo.log 2>&1 || { cat demo.log; exit 1; }
make status
kill $up
wait $up
tail --lines 1 up.log
"""

ASKED = "MACHINES" in os.environ

pytestmark = pytest.mark.skipif(  # noqa: TID251  # a command of its own
    not ASKED, reason="for `make test-machines`"
)


def pythons() -> list[str]:
    """Returns a Python of each minor version that works here, with venv."""
    found: dict[str, str] = {}
    for minor in range(OLDEST, NEWEST):
        name = f"python3.{minor}"
        beside = sorted(Path(sys.base_prefix).parent.glob(f"3.{minor}.*/bin/python3"))
        for python in [*map(str, beside), shutil.which(name) or name]:
            if name not in found and _works(python):
                found[name] = python
    return list(found.values())


def followed_on() -> list[str]:
    """Returns what the README is followed on: in CI the oldest and the newest."""
    found = pythons()
    return found[:1] + found[1:][-1:] if in_ci() else found


def _works(python: str) -> bool:
    try:
        ended = subprocess.run([python, "-c", "import ensurepip"], check=False, capture_output=True)
    except OSError:
        return False
    return ended.returncode == 0


@pytest.fixture
def checkout() -> Iterator[Path]:
    """Returns a fresh checkout of what is here, where any user may look."""
    with tempfile.TemporaryDirectory(prefix="first-hour-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        copied = Path(folder) / "marketmesh"
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
        )
        for name in filter(None, listed.stdout.split("\0")):
            if (ROOT / name).exists():
                (copied / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, copied / name)
        yield copied


def environment(checkout: Path, **more: str) -> dict[str, str]:
    """Returns what a new shell has, with ports of its own and the machine's package index."""
    ports = dict(zip(PORTS, map(str, free_ports(len(PORTS))), strict=True))
    index = {
        name: value
        for name, value in os.environ.items()
        if name.startswith(("PIP_", "UV_", "SSL_"))
    }
    path = "/usr/local/bin:/usr/bin:/bin"
    return {"PATH": path, "LANG": "C.UTF-8", "CHECKOUT": str(checkout), **ports, **index, **more}


def follow_the_readme(
    checkout: Path, told: Mapping[str, str], *within: str, user: int | None = None
) -> None:
    """Runs the README's lines and asserts that nothing is left of them."""
    ended = subprocess.run(
        [*within, "sh", "-c", README],
        env=told,
        user=user,
        group=user,
        extra_groups=None if user is None else [],
        check=False,
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    *status, last = ended.stdout.splitlines()
    assert len([line for line in status if " ready " in line]) == 10
    assert last == "marketmesh: stopped; nothing is left running"
    deadline = time.monotonic() + WITHIN_S
    while left := _processes_of(checkout.parent.name):
        assert time.monotonic() < deadline, left
        time.sleep(0.1)


def _processes_of(folder: str) -> list[str]:
    found = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = process.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:  # it has ended
            continue
        found += [command] if folder in command and str(os.getpid()) not in process.parts else []
    return found


@pytest.mark.parametrize("python", followed_on() if ASKED else [])
def test_on_each_python_here(checkout: Path, python: str) -> None:
    several = {"EDGE_WORKERS": "2", "USER_SERVICE_PROCESSES": "2"}
    told = environment(checkout, PYTHON=python, HOME=str(Path.home()), **several)
    follow_the_readme(checkout, told)


@pytest.mark.parametrize("python", pythons()[-1:] if ASKED else [])
def test_the_kit_and_the_edge_on_the_newest_python_here(checkout: Path, python: str) -> None:
    told = environment(checkout, PYTHON=python, HOME=str(Path.home()), TEST_JOBS="2")
    ended = subprocess.run(
        ["make", "test", f"PARTS={' '.join(ALONE)}"],
        cwd=checkout, env=told, check=False, capture_output=True, text=True,
        timeout=TESTED_WITHIN_S,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout[-PRINTED:] + ended.stderr[-PRINTED:]


def test_as_a_user_with_a_home_of_its_own(checkout: Path) -> None:
    need_root()
    python = shutil.which("python3", path="/usr/bin:/bin")
    if python is None or not _works(python):
        leave_out("needs a python3 that every user may run")
    home = checkout.with_name("home")
    home.mkdir()
    for path in (checkout.parent, *checkout.parent.rglob("*")):
        os.chown(path, NOBODY, NOBODY)
    follow_the_readme(checkout, environment(checkout, HOME=str(home)), user=NOBODY)


def test_in_a_bare_debian_with_the_newest_python(checkout: Path) -> None:
    need_root()
    need("debootstrap")
    root = checkout.with_name("debian")
    bootstrap = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", SUITE, str(root)]
    subprocess.run([*bootstrap, _mirror()], check=True, stdout=subprocess.DEVNULL)
    inside = root / "root" / checkout.parent.name / "marketmesh"
    shutil.copytree(checkout, inside)
    if CERTIFICATES.exists():  # the machine's own, which an index may need
        shutil.copy2(CERTIFICATES, root / CERTIFICATES.relative_to("/"))
    shutil.copy2("/etc/resolv.conf", root / "etc" / "resolv.conf")
    chroot = shutil.which("chroot")  # of the machine, whose place only root has on its path
    enter = f"mount --rbind /dev {root}/dev && mount -t proc proc {root}/proc && exec "
    within = ["unshare", "--mount", "sh", "-c", f'{enter} {chroot} {root} "$@"', "sh"]
    told = environment(Path("/") / inside.relative_to(root), HOME="/root")
    follow_the_readme(checkout, told, *within)


def _mirror() -> str:
    """Returns the Debian mirror that this machine is set up for."""
    listed = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"],
        check=True,
        capture_output=True,
        text=True,
    )
    return listed.stdout.splitlines()[0]
