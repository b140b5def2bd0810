"""What `python -m <service>` does besides Django's own commands."""

import argparse
import signal
import sys
import threading
from collections.abc import Sequence
from importlib import import_module

from django.conf import settings

from mesh.processes import binds, serve_all
from mesh.server import start, watch_database
from mesh.worker import run_relay, run_worker


def serve(service: str, arguments: Sequence[str]) -> None:
    """Serve gRPC until SIGTERM or Ctrl-C, then drain."""
    parser = argparse.ArgumentParser(prog=f"python -m {service} serve", description=serve.__doc__)
    parser.add_argument("--bind", help="host:port; default: GRPC_BIND, one process a port")
    bind = parser.parse_args(arguments).bind
    if bind is None and settings.GRPC_PROCESSES > 1:
        sys.exit(serve_all(service, binds(settings.GRPC_BIND, settings.GRPC_PROCESSES)))
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    wiring = import_module(f"{service}.wiring").WIRING
    server = start(wiring, bind or settings.GRPC_BIND)
    watch_database(server, stop)
    server.drain()


def worker(service: str, arguments: Sequence[str]) -> None:
    """Run the steps that the relay rings for."""
    parser = argparse.ArgumentParser(prog=f"python -m {service} worker", description=worker.__doc__)
    parser.add_argument("--concurrency", type=int, default=4, help="steps at once")
    parser.add_argument("--with-relay", action="store_true", help="run the relay in here too")
    options = parser.parse_args(arguments)
    app = import_module(f"{service}.celery").app
    run_worker(app, concurrency=options.concurrency, with_relay=options.with_relay)


def relay(service: str, arguments: Sequence[str]) -> None:
    """Ring the workers for the steps that are due."""
    parser = argparse.ArgumentParser(prog=f"python -m {service} relay", description=relay.__doc__)
    parser.parse_args(arguments)
    run_relay(import_module(f"{service}.celery").app)
