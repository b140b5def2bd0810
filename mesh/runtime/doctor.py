"""The doctor of a gRPC service."""

import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from mesh.auth.jwks import jwks_method
from mesh.checks.certificates import certificates
from mesh.checks.clocks import clocks, of_database, of_redis
from mesh.checks.command import report_on
from mesh.checks.database import database
from mesh.checks.disk import disk
from mesh.checks.findings import Check
from mesh.checks.keys import keys
from mesh.checks.mail import mail
from mesh.checks.peers import called_by, our_peers
from mesh.checks.redis import redis
from mesh.checks.replica import replica
from mesh.contract.model import Method, market_contract
from mesh.core import config
from mesh.core.config import SettingError
from mesh.core.wiring import wired_service
from mesh.db.replica import is_set
from mesh.rpc.client import published_keys
from mesh.runtime import startup
from mesh.telemetry import prometheus
from mesh.telemetry.setup import traces_wanted

if TYPE_CHECKING:  # it loads the models, and the doctor is there before they can be
    from mesh.runtime.definition import ServiceDefinition


def run(service: str, arguments: Sequence[str]) -> int:
    """Runs the checks of a service; see `mesh.checks.command.report_on`."""
    return report_on(service, arguments, partial(_set_up, service), partial(_checks, service))


def _set_up(service: str) -> None:
    """Reads every setting that a process of the service reads."""
    startup.set_up(service)
    definition = wired_service()
    for called in {*definition.calls, *called_by(definition)}:
        with suppress(SettingError):  # the check of peers reports it
            config.target(called)
    market_contract()
    traces_wanted()
    prometheus.first_address()


def _checks(service: str, roles: Collection[str]) -> Mapping[str, Check]:
    """Returns the checks of what a process of any of the roles needs."""
    definition = wired_service()
    if not startup.has_database():
        roles = {"serve"}
    return dict(_by_name(service, definition, set(roles)))


def _by_name(
    service: str, definition: "ServiceDefinition", roles: set[str]
) -> Iterator[tuple[str, Check]]:
    uses_queue = bool(roles & {"worker", "relay"})
    if startup.has_database():
        yield "database", partial(database, service)
    if "serve" in roles and is_set():
        yield "replica", partial(replica, service)
    if uses_queue:
        yield "redis", partial(redis, settings.REDIS_URL)
    publisher = jwks_method(market_contract())
    if roles - {"relay"}:
        yield "certificates", partial(certificates, settings.MESH_CERTIFICATES)
        yield "peers", partial(our_peers().each, *_called(definition, roles, publisher))
    if publisher and ("admin" in roles or ("serve" in roles and definition.jwks is None)):
        yield "keys", partial(keys, published_keys, publisher.served_by)
    if "worker" in roles and definition.recipient is not None:
        yield "mail", mail
    engines = [("the database", of_database)] if startup.has_database() else []
    if uses_queue:
        engines.append(("Redis", of_redis(settings.REDIS_URL)))
    yield "clock", partial(clocks, *engines)
    yield "disk", partial(disk, Path(tempfile.gettempdir()))
    if startup.has_database() and roles & {"serve", "worker"}:
        yield from definition.checks.items()


def _called(
    definition: "ServiceDefinition", roles: set[str], publisher: Method | None
) -> list[str]:
    """Returns the services that processes of these roles call; staff signs in at the publisher."""
    called: set[str] = set()
    if "worker" in roles:
        called |= definition.calls
    if "serve" in roles:
        called |= set(called_by(definition))
    if publisher and "admin" in roles:
        called.add(publisher.served_by)
    return sorted(called)
