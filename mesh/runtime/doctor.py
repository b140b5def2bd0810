"""The doctor of a gRPC service."""

import argparse
import json
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from pathlib import Path

from django.conf import settings

from mesh.auth.jwks import jwks_method
from mesh.checks.certificates import certificates
from mesh.checks.clocks import clocks, of_database, of_redis
from mesh.checks.database import database
from mesh.checks.disk import disk
from mesh.checks.findings import Check, Finding, failed, first_line, ok
from mesh.checks.keys import keys
from mesh.checks.mail import mail
from mesh.checks.peers import called_by, our_peers
from mesh.checks.redis import redis
from mesh.checks.report import report
from mesh.contract.model import market_contract
from mesh.core import config
from mesh.core.config import SettingError
from mesh.rpc.client import published_keys
from mesh.runtime import startup
from mesh.runtime.definition import ServiceDefinition, service_definition
from mesh.telemetry import prometheus
from mesh.telemetry.setup import traces_wanted


def run(service: str, arguments: Sequence[str]) -> int:
    """See `report_on`."""
    return report_on(service, arguments, partial(_set_up, service), partial(_checks, service))


def _set_up(service: str) -> None:
    """Read all that any process of the service reads."""
    startup.set_up(service)
    definition = service_definition()
    for called in {*definition.calls, *called_by(definition)}:
        with suppress(SettingError):  # the check of the peers says it
            config.target(called)
    market_contract()
    traces_wanted()
    prometheus.first_address()


def _checks(service: str, roles: Collection[str]) -> Mapping[str, Check]:
    """What a process of any of the roles needs."""
    definition = service_definition()
    return dict(_by_name(service, definition, set(roles)))


def _by_name(
    service: str, definition: ServiceDefinition, roles: set[str]
) -> Iterator[tuple[str, Check]]:
    rings = bool(roles & {"worker", "relay"})
    yield "database", partial(database, service)
    if rings:
        yield "redis", partial(redis, settings.REDIS_URL)
    publisher = jwks_method(market_contract()).served_by
    if roles - {"relay"}:
        yield "certificates", partial(certificates, settings.MESH_CERTIFICATES)
        yield "peers", partial(our_peers().each, *_called(definition, roles, publisher))
    if "admin" in roles or ("serve" in roles and definition.jwks is None):
        yield "keys", partial(keys, published_keys, publisher)
    if "worker" in roles and definition.recipient is not None:
        yield "mail", mail
    engines = [("the database", of_database)]
    if rings:
        engines.append(("Redis", of_redis(settings.REDIS_URL)))
    yield "clock", partial(clocks, *engines)
    yield "disk", partial(disk, Path(tempfile.gettempdir()))
    if roles & {"serve", "worker"}:
        yield from definition.checks.items()


def _called(definition: ServiceDefinition, roles: set[str], publisher: str) -> list[str]:
    """Whom processes of these roles call. Staff signs in where the tokens' keys are published."""
    called: set[str] = set()
    if "worker" in roles:
        called |= definition.calls
    if "serve" in roles:
        called |= set(called_by(definition))
    if "admin" in roles:
        called.add(publisher)
    return sorted(called)


# `doctor`: the command, for a service and for the edge.

ROLES = ("serve", "worker", "relay", "admin")
ChecksFor = Callable[[Collection[str]], Mapping[str, Check]]


def report_on(
    service: str,
    arguments: Sequence[str],
    set_up: Callable[[], None],
    checks_for: ChecksFor,
    roles: Sequence[str] = ROLES,
) -> int:
    """Check what a process of each role needs, here and now; 1 when anything failed.

    `set_up` reads the settings; without them there is nothing more to look at.
    """
    parser = argparse.ArgumentParser(prog=f"python -m {service} doctor", description=__doc__)
    parser.add_argument(
        "role", nargs="?", choices=roles, help="what the process does; by default all of it"
    )
    parser.add_argument("--json", action="store_true", help="one JSON document")
    parser.add_argument(
        "--settings", action="store_true", help="only list the settings that are read, as JSON"
    )
    options = parser.parse_args(arguments)
    if options.settings:
        set_up()
        print(json.dumps([asdict(each) for each in config.declared.values()]))
        return 0
    wrong = _settings(set_up)
    checks: dict[str, Check] = {"settings": lambda: [wrong or ok("all are there and well-formed")]}
    if wrong is None:
        checks |= checks_for([options.role] if options.role else roles)
    return report(service, checks, as_document=options.json)


def _settings(set_up: Callable[[], None]) -> Finding | None:
    try:
        set_up()
    except Exception as error:  # noqa: BLE001  # settings are code, which fails in any way
        return failed(first_line(error), "docs/configuration.md lists all settings")
    return None
