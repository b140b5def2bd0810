"""The command line of a service: `python -m <service> serve | worker | relay | admin | …`.

Everything else is Django's own (`migrate`, `shell`, …). A wrong set-up ends it with one
line and exit code 1.
"""

import os
import sys
from collections.abc import Sequence
from importlib import import_module

from django.conf import settings
from django.core.management import execute_from_command_line
from django.db import DatabaseError, OperationalError, connection
from django.db.migrations.exceptions import InconsistentMigrationHistory
from django.db.migrations.executor import MigrationExecutor

from mesh.checks import schema
from mesh.checks.database import pending_migrations
from mesh.checks.findings import first_line
from mesh.contract.model import ContractError
from mesh.core import config
from mesh.core.errors import StartRefused
from mesh.db import ownership, sessions
from mesh.runtime import startup
from mesh.runtime.migrating import give_way
from mesh.telemetry import logs, tracing

WRONG_SET_UP = (config.SettingError, StartRefused, ContractError, ownership.ForeignDatabase)
COMMANDS = ("serve", "worker", "relay", "admin")
WITH_DATABASE = {*COMMANDS, "migrate"} - {"serve"}


def main(service: str) -> None:
    """Runs the command that `sys.argv` names, and exits."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", f"{service}.settings")
    try:
        sys.exit(_run(service, sys.argv[1:]))
    except WRONG_SET_UP as error:
        print(f"{service}: {error}", file=sys.stderr)
    except OperationalError as error:
        print(f"{service}: the database: {first_line(error)}", file=sys.stderr)
    sys.exit(1)


def _run(service: str, arguments: Sequence[str]) -> int:
    command = arguments[0] if arguments else "help"
    if command == "doctor":
        # It says itself what is wrong with the settings, without which it can't be loaded.
        return int(import_module("mesh.runtime.doctor").run(service, arguments[1:]))
    startup.set_up(service)
    if command in WITH_DATABASE and not startup.has_database():
        raise StartRefused(f"`{command}` is for services that have a database")
    if command in COMMANDS:
        _run_process(service, command, arguments[1:])
    elif command == "migrate":
        _migrate(service, arguments)
    else:
        execute_from_command_line([f"python -m {service}", *arguments])
    return 0


def _run_process(service: str, command: str, arguments: Sequence[str]) -> None:
    logs.configure(service, settings.LOG_LEVEL, role=command)
    startup.check_database(service)
    try:
        import_module(f"mesh.runtime.commands.{command}").run(service, arguments)
    finally:
        tracing.disable()


def _migrate(service: str, arguments: Sequence[str]) -> None:
    """Runs Django's own on a database that is the service's, and that these migrations made.

    At every start, so without Django's checks, which load the pages for staff: they are a
    gate of `make check`. With `--seed` it runs the service's `seed` then, in the same process.
    """
    seed = "--seed" in arguments
    arguments = [argument for argument in arguments if argument != "--seed"]
    if sessions.pooled():
        sessions.bypass_pooler()
        sessions.tell_role()
    ownership.claim(service)
    try:
        give_way(
            lambda: execute_from_command_line([f"python -m {service}", *arguments, "--skip-checks"])
        )
    except (DatabaseError, InconsistentMigrationHistory) as error:
        raise StartRefused(
            f"the database can't be migrated: {first_line(error)}; {schema.REMEDY}"
        ) from error
    if not pending_migrations(MigrationExecutor(connection)):  # as after `--plan`
        startup.refuse(schema.columns())
    if seed:
        execute_from_command_line([f"python -m {service}", "seed"])
