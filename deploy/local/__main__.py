"""`python -m deploy.local up | mailbox | stop NAME | start NAME | status`."""

import argparse
import os
import sys
from pathlib import Path

from deploy.local.config import ROOT, Config
from deploy.local.errors import CannotRun
from deploy.local.mailbox import run as run_mailbox
from deploy.local.mailstore import MailStore
from deploy.local.supervisor import read_procfile
from deploy.local.up import up


def main() -> int:
    options = _parser().parse_args()
    try:
        options.run(options)
    except CannotRun as error:
        print(f"marketmesh: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.local", description=__doc__)
    parser.set_defaults(var=ROOT / "var")
    commands = parser.add_subparsers(required=True)
    one = commands.add_parser("up", help="run the whole mesh until Ctrl-C")
    one.add_argument("--var", type=Path, default=ROOT / "var", help="where it keeps its state")
    one.add_argument("--ports-free", action="store_true", help="take any ports that are free")
    one.add_argument("--ready-json", type=Path, help="write the addresses here when ready")
    one.set_defaults(run=_up)
    commands.add_parser("mailbox", help="run the mailbox alone").set_defaults(run=_mailbox)
    for verb, run in (("stop", _stop), ("start", _start)):
        one = commands.add_parser(verb, help=f"{verb} one process of a running mesh")
        one.add_argument("name", choices=list(read_procfile(ROOT / "Procfile")))
        one.add_argument("--var", type=Path, default=ROOT / "var")
        one.set_defaults(run=run)
    one = commands.add_parser("status", help="list the processes of a running mesh")
    one.add_argument("--var", type=Path, default=ROOT / "var")
    one.set_defaults(run=_status)
    return parser


def _up(options: argparse.Namespace) -> None:
    up(Config.read(options.var, any_ports=options.ports_free), options.ready_json)


def _mailbox(_: argparse.Namespace) -> None:
    run_mailbox(
        MailStore(Path(os.environ["MAILBOX_DIR"])),
        smtp_port=int(os.environ["SMTP_PORT"]),
        http_port=int(os.environ["MAILBOX_PORT"]),
    )


def _stop(options: argparse.Namespace) -> None:
    (_holds(options) / options.name).touch()


def _start(options: argparse.Namespace) -> None:
    (_holds(options) / options.name).unlink(missing_ok=True)


def _status(options: argparse.Namespace) -> None:
    holds = _holds(options)
    for name in read_procfile(ROOT / "Procfile"):
        pid = holds.parent / f"{name}.pid"
        state = f"pid {pid.read_text().strip()}" if pid.exists() else "not running"
        print(f"{name:<16} {state}{' (stopped by hand)' if (holds / name).exists() else ''}")


def _holds(options: argparse.Namespace) -> Path:
    holds: Path = options.var / "run" / "holds"
    if not holds.is_dir():
        raise CannotRun(f"no mesh runs on {options.var}")
    return holds


if __name__ == "__main__":
    sys.exit(main())
