"""What `python -m edge_api` does."""

import argparse
import socket
from collections.abc import Sequence
from pathlib import Path

import uvicorn
from uvicorn.supervisors import Multiprocess

from edge_api.config import Config, bind_address, contract_path, read_contract, workers
from edge_api.doctor import services, us
from edge_api.http_protocol import EdgeProtocol
from edge_api.schema.document import write_yaml
from edge_api.schema.operations import who
from mesh.core import config as env
from mesh.doctor.peers import Peers
from mesh.startup import refuse

DRAIN_S = 10
BACKLOG = 2048
ACCEPTED_EACH_ROUND = 8


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
    sockets = listening()
    served = uvicorn.Config(
        "edge_api.asgi:application",
        factory=True,
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
    if served.workers > 1:
        Multiprocess(served, sockets=sockets).run()
    else:
        uvicorn.Server(served).run(sockets=sockets)


def listening() -> list[socket.socket]:
    """The socket that we listen on, as often as connections are to be accepted at one time.

    uvloop accepts one each time round the loop (libuv #3696), so that under load connections
    would wait in the kernel, then be dropped there and tried again by clients seconds later.
    It does so for each socket that it is given; copies of one share its connections. Raises
    SettingError when there can be none, before anything is started.
    """
    address = bind_address()
    host, _, port = address.rpartition(":")
    try:
        first = socket.create_server((host, int(port)), backlog=BACKLOG)
    except OSError as error:
        raise env.SettingError(f"EDGE_BIND: can't listen on {address}: {error.strerror}") from error
    return [first, *(first.dup() for _ in range(ACCEPTED_EACH_ROUND - 1))]


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
