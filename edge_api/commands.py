"""What `python -m edge_api` does."""

import argparse
import socket
from collections.abc import Sequence
from pathlib import Path

import uvicorn

from edge_api.config import Config, bind_address, contract_path, read_contract, workers
from edge_api.doctor import services, us
from edge_api.http_protocol import EdgeProtocol
from edge_api.schema.document import write_yaml
from edge_api.schema.operations import who
from mesh import env
from mesh.doctor.peers import Peers
from mesh.startup import refuse

DRAIN_S = 10


def run(arguments: Sequence[str]) -> int:
    """Raises SettingError, StartRefused, ContractError."""
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
    """Until SIGTERM or SIGINT; then requests under way have 10 s to end."""
    config = Config.from_env()
    contract = read_contract(config.contract)
    refuse(Peers(contract, us(config)).strangers(*services(contract)))
    host, port = free_address()
    uvicorn.run(
        "edge_api.asgi:application",
        factory=True,
        host=host,
        port=port,
        workers=workers(),
        loop="uvloop",
        http=EdgeProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=DRAIN_S,
    )


def free_address() -> tuple[str, int]:
    """Where to listen. Raises SettingError when that can't be, before anything is started."""
    address = bind_address()
    host, _, port = address.rpartition(":")
    try:
        socket.create_server((host, int(port))).close()
    except OSError as error:
        raise env.SettingError(f"EDGE_BIND: can't listen on {address}: {error.strerror}") from error
    return host, int(port)


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
