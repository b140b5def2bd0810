"""`relay`: enqueues the steps that are due."""

import argparse
from collections.abc import Sequence

from mesh.outbox.backlog import Backlog
from mesh.outbox.celery import make_app, run_relay
from mesh.outbox.wakeup import waking_relays
from mesh.telemetry import setup as telemetry
from mesh.telemetry.database_gauges import Connections


def run(service: str, arguments: Sequence[str]) -> None:
    """Enqueues the steps that are due for the workers."""
    parser = argparse.ArgumentParser(prog=f"python -m {service} relay", description=run.__doc__)
    parser.parse_args(arguments)
    telemetry.turn_on(service, "relay")
    Backlog.publish()
    Connections.publish()
    with waking_relays():
        run_relay(make_app(service))
