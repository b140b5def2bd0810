"""`python -m edge_api.tests.wire.served CONTRACT`: an edge in a process of its own.

Prints its URL in a line of its own, and logs until its standard input ends.
"""

import os
import sys
from pathlib import Path

import django


def main() -> None:
    from edge_api.tests.conftest import edge_before  # noqa: PLC0415  # needs settings
    from edge_api.tests.toy import Toy, toy_served  # noqa: PLC0415
    from mesh.contract.model import Contract  # noqa: PLC0415
    from mesh.telemetry import logs  # noqa: PLC0415
    from mesh.testing.keys import TestKeys  # noqa: PLC0415

    logs.configure("edge_api", "INFO")
    contract_file = Path(sys.argv[1])
    toy = Toy(Contract.from_descriptor_set(contract_file.read_bytes()), TestKeys())
    with toy_served(toy) as port, edge_before(contract_file, port) as url:
        sys.stdout.write(f"{url}\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "edge_api.settings")
    django.setup()
    main()
