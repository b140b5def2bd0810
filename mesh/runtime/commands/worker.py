"""`worker`: runs steps."""

import argparse
import threading
from collections.abc import Sequence
from importlib import import_module

from mesh.checks.peers import our_peers
from mesh.outbox.backlog import Backlog
from mesh.outbox.celery import make_app, run_worker
from mesh.outbox.wakeup import waking_relays
from mesh.runtime.definition import service_definition
from mesh.runtime.startup import refuse
from mesh.telemetry import setup as telemetry
from mesh.telemetry.database_gauges import Connections


def run(service: str, arguments: Sequence[str]) -> None:
    """Runs the steps that the relay enqueues."""
    parser = argparse.ArgumentParser(prog=f"python -m {service} worker", description=run.__doc__)
    parser.add_argument("--concurrency", type=int, default=4, help="steps at once")
    parser.add_argument("--with-relay", action="store_true", help="run the relay in here too")
    parser.add_argument("--with-admin", action="store_true", help="serve the pages for staff too")
    options = parser.parse_args(arguments)
    telemetry.turn_on(service, "worker")
    definition = service_definition()
    refuse(our_peers().wrong_peers(*definition.calls))
    if options.with_admin:
        pages = import_module("mesh.admin.server").start()
        threading.Thread(target=pages.run, name="admin", daemon=True).start()
    Backlog.publish()
    Connections.publish()
    app = make_app(service)
    with waking_relays():
        run_worker(app, concurrency=options.concurrency, with_relay=options.with_relay)
