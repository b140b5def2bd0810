"""The commands of `python -m edge_api`; for the checks of `doctor` see `mesh.checks`."""

import argparse
import socket
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

import django
import uvicorn

from edge_api.app import loaded
from edge_api.config import (
    SERVICE,
    Config,
    bind_address,
    contract_path,
    keep_alive_s,
    read_contract,
    workers,
)
from edge_api.gateway.unused_settings import unused_settings
from edge_api.http.listener import Listener, Share, most_connections
from edge_api.http.protocol import EdgeProtocol
from edge_api.http.server import EdgeServer
from edge_api.openapi.document import write_yaml
from edge_api.openapi.operations import who
from mesh.auth.jwks import jwks_method
from mesh.checks.certificates import certificates
from mesh.checks.clocks import clocks, of_redis
from mesh.checks.command import report_on
from mesh.checks.disk import disk
from mesh.checks.findings import Check, Finding, warning
from mesh.checks.keys import keys
from mesh.checks.peer_client import Identity
from mesh.checks.peers import Peers
from mesh.checks.redis import redis
from mesh.contract.model import Contract
from mesh.core import config as env
from mesh.core.config import SettingError
from mesh.runtime.processes import forked
from mesh.runtime.startup import refuse
from mesh.telemetry import prometheus
from mesh.telemetry import setup as telemetry
from mesh.telemetry.setup import traces_wanted


def doctor(arguments: Sequence[str]) -> int:
    return report_on(SERVICE, arguments, _set_up, _checks, roles=["serve"])


def services(contract: Contract) -> list[str]:
    """Returns the names of the services that the contract's RPCs are served by."""
    return sorted({method.served_by for method in contract})


def identity(config: Config) -> Identity:
    return Identity(config.certificates, config.service_tokens())


def _set_up() -> None:
    """Reads every setting that the edge reads. Raises SettingError, ContractError."""
    django.setup()
    refuse(unused_settings())
    contract = read_contract(Config.from_env().contract)
    for called in services(contract):
        with suppress(SettingError):  # the check of the peers reports it
            env.target(called)
    workers()
    keep_alive_s()
    bind_address()
    traces_wanted()
    prometheus.first_address()


def _checks(_: Collection[str]) -> Mapping[str, Check]:
    return dict(_by_name())


def _by_name() -> Iterator[tuple[str, Check]]:
    config = Config.from_env()
    contract = read_contract(config.contract)
    redis_url, us = config.rates.redis_url, identity(config)
    yield "certificates", partial(certificates, config.certificates)
    yield "peers", partial(Peers(contract, us).each, *services(contract))
    if publisher := jwks_method(contract):
        yield "keys", partial(keys, partial(us.published_keys, publisher), publisher.served_by)
    yield "redis", partial(redis, redis_url) if redis_url else _no_limits
    yield "clock", partial(clocks, *([("Redis", of_redis(redis_url))] if redis_url else []))
    yield "disk", partial(disk, Path(tempfile.gettempdir()))


def _no_limits() -> Iterator[Finding]:
    yield warning("no Redis is named, so no rate is limited", "set EDGE_REDIS_URL or REDIS_URL")


DRAIN_S = 10
BACKLOG = 2048


def run(arguments: Sequence[str]) -> int:
    """Runs a command. Raises SettingError, StartRefused, ContractError."""
    parser = argparse.ArgumentParser(prog="python -m edge_api")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="serve the public API")
    openapi = commands.add_parser("openapi", help="write the OpenAPI document of a contract")
    openapi.add_argument("descriptor_set", type=Path)
    openapi.add_argument("target", type=Path)
    commands.add_parser("routes", help="list what the contract publishes")
    chosen = parser.parse_args(arguments)
    match chosen.command:
        case "serve":
            serve()
        case "openapi":
            write_yaml(chosen.descriptor_set, chosen.target)
        case "routes":
            print_routes()
    return 0


def serve() -> None:
    """Serves until SIGTERM or SIGINT; requests under way then have 10 s to end."""
    handler, listening, shares = loaded(), listen(), Share.of_each(workers())
    share = forked(shares) if workers() > 1 else shares[0]
    edge = handler.edge
    refuse(Peers(edge.contract, identity(edge.config)).wrong_peers(*services(edge.contract)))
    telemetry.turn_on(SERVICE, "serve", processes=workers())
    served = uvicorn.Config(
        handler,
        loop="uvloop",
        http=EdgeProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=keep_alive_s(),
        timeout_graceful_shutdown=DRAIN_S,
    )
    EdgeServer(served, Listener(listening, share, most_connections())).run()


def listen() -> socket.socket:
    """Returns the socket that all processes share. Raises SettingError if it can't be bound."""
    address = bind_address()
    host, _, port = address.rpartition(":")
    try:
        return socket.create_server((host, int(port)), backlog=BACKLOG)
    except OSError as error:
        raise env.SettingError(f"EDGE_BIND: can't listen on {address}: {error.strerror}") from error


def print_routes() -> None:
    rows = [
        (http.verb, http.template, method.path, who(method.access))
        for method in read_contract(contract_path())
        if not method.access.internal
        for http in method.bindings
    ]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(3)]
    for row in sorted(rows, key=lambda row: (row[1], row[0])):
        cells = (cell.ljust(width) for cell, width in zip(row, (*widths, 0), strict=True))
        print("  ".join(cells))
