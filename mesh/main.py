"""The command line of a service: `python -m <service> serve | worker | relay | …`.

Everything else is Django's own (`migrate`, `shell`, …). A wrong set-up ends it with one
line and exit code 1.
"""

import os
import sys
from collections.abc import Sequence
from importlib import import_module

import django
from django.conf import settings
from django.core.management import execute_from_command_line

from mesh import env, logs, ownership, startup
from mesh.contract import ContractError
from mesh.startup import StartRefused
from mesh.telemetry import tracing

WRONG_SET_UP = (env.SettingError, StartRefused, ContractError, ownership.ForeignDatabase)
COMMANDS = ("serve", "worker", "relay")


def main(service: str) -> None:
    """Run the command that `sys.argv` names, and exit."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", f"{service}.settings")
    try:
        _run(service, sys.argv[1:])
    except WRONG_SET_UP as error:
        print(f"{service}: {error}", file=sys.stderr)
        sys.exit(1)


def _run(service: str, arguments: Sequence[str]) -> None:
    startup.check_apps(service)
    django.setup()
    command = arguments[0] if arguments else "help"
    if command in COMMANDS:
        logs.configure(service, settings.LOG_LEVEL, role=command)
        startup.check_database(service)
        try:
            import_module(f"mesh.commands.{command}").run(service, arguments[1:])
        finally:
            tracing.disable()
        return
    if command == "migrate":
        ownership.claim(service)
    execute_from_command_line([f"python -m {service}", *arguments])
