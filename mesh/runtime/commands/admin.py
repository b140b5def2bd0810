"""`admin`: serves the pages for staff."""

import argparse
import signal
import sys
from collections.abc import Sequence

from mesh.admin import server
from mesh.outbox.wakeup import waking_relays
from mesh.telemetry import setup as telemetry


def run(service: str, arguments: Sequence[str]) -> None:
    """Serves the pages for staff on ADMIN_BIND until SIGTERM or Ctrl-C."""
    parser = argparse.ArgumentParser(prog=f"python -m {service} admin", description=run.__doc__)
    parser.parse_args(arguments)
    telemetry.turn_on(service, "admin")
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    with waking_relays():
        server.start().run()
