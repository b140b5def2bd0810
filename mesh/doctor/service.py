"""The doctor of a gRPC service."""

import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from importlib import import_module
from pathlib import Path

from django.conf import settings

from mesh import startup
from mesh.auth.jwks import jwks_method
from mesh.contract.model import market_contract
from mesh.core import config
from mesh.core.config import SettingError
from mesh.doctor import command
from mesh.doctor.certificates import certificates
from mesh.doctor.clocks import clocks, of_database, of_redis
from mesh.doctor.database import database
from mesh.doctor.disk import disk
from mesh.doctor.findings import Check
from mesh.doctor.keys import keys
from mesh.doctor.mail import mail
from mesh.doctor.peers import called_by, our_peers
from mesh.doctor.redis import redis
from mesh.rpc.client import published_keys
from mesh.rpc.definition import Wiring
from mesh.telemetry import prometheus
from mesh.telemetry.setup import traces_wanted


def run(service: str, arguments: Sequence[str]) -> int:
    """See `mesh.doctor.command`."""
    return command.run(service, arguments, partial(_set_up, service), partial(_checks, service))


def _set_up(service: str) -> None:
    """Read all that any process of the service reads."""
    startup.set_up(service)
    wiring: Wiring = import_module(f"{service}.wiring").WIRING
    for called in {*wiring.calls, *called_by(wiring)}:
        with suppress(SettingError):  # the check of the peers says it
            config.target(called)
    market_contract()
    traces_wanted()
    prometheus.first_address()


def _checks(service: str, roles: Collection[str]) -> Mapping[str, Check]:
    """What a process of any of the roles needs."""
    wiring: Wiring = import_module(f"{service}.wiring").WIRING
    return dict(_by_name(service, wiring, set(roles)))


def _by_name(service: str, wiring: Wiring, roles: set[str]) -> Iterator[tuple[str, Check]]:
    rings = bool(roles & {"worker", "relay"})
    yield "database", partial(database, service)
    if rings:
        yield "redis", partial(redis, settings.REDIS_URL)
    publisher = jwks_method(market_contract()).served_by
    if roles - {"relay"}:
        yield "certificates", partial(certificates, settings.MESH_CERTIFICATES)
        yield "peers", partial(our_peers().each, *_called(wiring, roles, publisher))
    if "admin" in roles or ("serve" in roles and wiring.jwks is None):
        yield "keys", partial(keys, published_keys, publisher)
    if "worker" in roles and hasattr(settings, "MAIL_RECIPIENT"):
        yield "mail", mail
    engines = [("the database", of_database)]
    if rings:
        engines.append(("Redis", of_redis(settings.REDIS_URL)))
    yield "clock", partial(clocks, *engines)
    yield "disk", partial(disk, Path(tempfile.gettempdir()))
    if roles & {"serve", "worker"}:
        yield from wiring.checks.items()


def _called(wiring: Wiring, roles: set[str], publisher: str) -> list[str]:
    """Whom processes of these roles call. Staff signs in where the tokens' keys are published."""
    called: set[str] = set()
    if "worker" in roles:
        called |= wiring.calls
    if "serve" in roles:
        called |= set(called_by(wiring))
    if "admin" in roles:
        called.add(publisher)
    return sorted(called)
