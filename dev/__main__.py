"""`python -m dev up | logs | stop NAME | start NAME | status | doctor | run …`."""

import argparse
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from dev.config import ROOT, Config
from dev.doctor import doctor
from dev.errors import CannotRun, exit_code
from dev.logs import latest_requests, show
from dev.status import engine_states, states, table
from dev.supervisor.control import Control
from dev.supervisor.procfile import read_procfile
from dev.up.command import up
from dev.up.preflight import is_in_use


def main() -> int:
    options = _parser().parse_args()
    return exit_code(lambda: options.run(options), options.var)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m dev", description=__doc__)
    commands = parser.add_subparsers(required=True)
    run = argparse.ArgumentParser(add_help=False)
    run.add_argument("--var", type=Path, default=ROOT / "var", help="where it keeps its state")
    one = commands.add_parser("up", parents=[run], help="run the whole mesh until Ctrl-C")
    one.add_argument("--ports-free", action="store_true", help="take any ports that are free")
    one.add_argument("--ready-json", type=Path, help="write the addresses here when ready")
    one.set_defaults(run=_up)
    for verb, action in (("stop", _stop), ("start", _start)):
        one = commands.add_parser(verb, parents=[run], help=f"{verb} one process of a mesh")
        one.add_argument("name")
        one.set_defaults(run=action)
    one = commands.add_parser("logs", parents=[run], help="show what a request caused")
    one.add_argument("--request", default="", help="the id of a request, or of a trace")
    one.set_defaults(run=_logs)
    one = commands.add_parser("status", parents=[run], help="list the processes of a mesh")
    one.set_defaults(run=_status)
    one = commands.add_parser("doctor", parents=[run], help="say what is wrong with a mesh")
    one.add_argument("--json", action="store_true", help="a JSON document a line")
    one.set_defaults(run=_doctor)
    one = commands.add_parser(
        "run", parents=[run], help="run a member's command on the settings of a running mesh"
    )
    one.add_argument("command", nargs=argparse.REMAINDER, help="such as: user_service rotatekeys")
    one.set_defaults(run=_run)
    return parser


def _up(options: argparse.Namespace) -> None:
    up(Config.read(options.var, any_ports=options.ports_free), options.ready_json)


def _logs(options: argparse.Namespace) -> None:
    """Raises CannotRun when no log has the id, or none was given."""
    names = list(_names())
    if not options.request:
        latest = list(latest_requests(options.var, names)) or ["  (none was served yet)"]
        asked = "of which request? make logs REQUEST=<the X-Request-Id of an answer>; the latest:"
        raise CannotRun("\n".join([asked, *latest]))
    if not show(options.var, names, options.request):
        raise CannotRun(f"no log in {options.var} has {options.request!r}")


def _stop(options: argparse.Namespace) -> None:
    name, control = _named(options), _running(options.var)
    if control.is_held(name):
        print(f"{name} was stopped before")
        return
    pid = control.pid(name)
    control.hold(name)
    print(f"{name} is stopped, which was pid {pid}; to start it again: make start NAME={name}")


def _start(options: argparse.Namespace) -> None:
    name, control = _named(options), _running(options.var)
    ran = control.pid(name)
    control.release(name)
    print(f"{name} runs already as pid {ran}" if ran else f"{name} runs as pid {control.pid(name)}")


def _named(options: argparse.Namespace) -> str:
    """Returns the name of a process. Raises CannotRun for any other."""
    if options.name in _names():
        return str(options.name)
    given = f"no process is called {options.name!r}" if options.name else "which process?"
    raise CannotRun(f"{given}; NAME is one of {', '.join(_names())}")


def _names() -> Iterable[str]:
    return read_procfile(ROOT / "Procfile")


def _status(options: argparse.Namespace) -> None:
    control = _running(options.var)
    for line in table([*states(control), *engine_states(control)]):
        print(line)


def _doctor(options: argparse.Namespace) -> int:
    return doctor(Config.read(options.var), as_document=options.json)


def _run(options: argparse.Namespace) -> int:
    # What the mesh was told counts, also where this shell says otherwise.
    environment = os.environ | _running(options.var).environment()
    command = [sys.executable, "-m", *options.command]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def _running(var: Path) -> Control:
    """Raises CannotRun when no mesh runs there."""
    if not is_in_use(var):
        raise CannotRun(f"no mesh runs on {var}; `make up` starts one")
    return Control(var)


if __name__ == "__main__":
    sys.exit(main())
