"""`python -m dev up | logs | stop NAME | start NAME | status | doctor | run …`."""

import argparse
import os
import subprocess
import sys
from errno import EDQUOT, EFBIG, ENOSPC
from pathlib import Path

from dev.config import ROOT, Config
from dev.doctor import doctor
from dev.errors import CannotRun
from dev.logs import show
from dev.status import states
from dev.supervisor.control import Control
from dev.supervisor.output import write_nowhere
from dev.supervisor.procfile import read_procfile
from dev.up.command import up
from dev.up.preflight import is_in_use

NO_ROOM = (ENOSPC, EDQUOT, EFBIG)  # the system does not say for which file
INTERRUPTED, READER_GONE = 130, 141  # as a shell says of who ended by SIGINT, SIGPIPE


def main() -> int:
    options = _parser().parse_args()
    try:
        return int(options.run(options) or 0)
    except CannotRun as error:
        print(f"marketmesh: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # as of `make logs | head`
        write_nowhere()
        return READER_GONE
    except OSError as error:
        if error.filename is None and error.errno not in NO_ROOM:
            raise
        print(f"marketmesh: {error.filename or options.var}: {error.strerror}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED


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
        one.add_argument("name", choices=list(read_procfile(ROOT / "Procfile")))
        one.set_defaults(run=action)
    one = commands.add_parser("logs", parents=[run], help="show what processes wrote, by time")
    one.add_argument("--request", default="", help="only what has this request or trace id")
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
    if not show(options.var, list(read_procfile(ROOT / "Procfile")), options.request):
        raise CannotRun(f"no log in {options.var} has {options.request or 'an event'!r}")


def _stop(options: argparse.Namespace) -> None:
    _running(options.var).hold(options.name)


def _start(options: argparse.Namespace) -> None:
    _running(options.var).release(options.name)


def _status(options: argparse.Namespace) -> None:
    for state in states(_running(options.var)):
        print(f"{state.name:<16} {state}")


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
        raise CannotRun(f"no mesh runs on {var}")
    return Control(var)


if __name__ == "__main__":
    sys.exit(main())
