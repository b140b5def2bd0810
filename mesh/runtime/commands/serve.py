"""`serve`: serves gRPC."""

import argparse
import signal
import threading
from collections.abc import Sequence

from django.conf import settings

from mesh.checks.peers import called_by, our_peers
from mesh.contract.model import market_contract
from mesh.core.network import binds
from mesh.core.wiring import wired_service
from mesh.outbox.wakeup import waking_relays
from mesh.rpc.server import RunningServer, start, watch_database
from mesh.runtime.processes import forked
from mesh.runtime.startup import has_database, refuse
from mesh.telemetry import setup as telemetry


def run(service: str, arguments: Sequence[str]) -> None:
    """Serves gRPC until SIGTERM or Ctrl-C, then drains."""
    parser = argparse.ArgumentParser(prog=f"python -m {service} serve", description=run.__doc__)
    parser.add_argument("--bind", help="host:port; default: GRPC_BIND, one process a port")
    bind = parser.parse_args(arguments).bind
    definition = wired_service()
    if bind is None and settings.GRPC_PROCESSES > 1:
        market_contract()  # read once for all
        bind = forked(binds(settings.GRPC_BIND, settings.GRPC_PROCESSES))
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    telemetry.turn_on(service, "serve", processes=settings.GRPC_PROCESSES)
    refuse(our_peers().wrong_peers(*called_by(definition)))
    with waking_relays():
        _serve(start(definition, bind or settings.GRPC_BIND), stop)


def _serve(server: RunningServer, stop: threading.Event) -> None:
    if has_database():
        watch_database(server, stop)
    stop.wait()
    server.drain()
