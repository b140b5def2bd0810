"""What a service's `wiring.py` states, asked of a process that has the service's settings.

`python -m tools.k8s.wired user_service` prints it as JSON.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass

import django

from dev.config import ROOT
from tools.gates import placeholders


@dataclass(frozen=True)
class Wired:
    """One service: whom its steps call, whom its servers call, and whether it sends mails."""

    service: str
    calls: Sequence[str]
    servers_call: Sequence[str]
    sends_mail: bool


def wired(services: Sequence[str]) -> list[Wired]:
    """Returns what each service's wiring states."""
    with ThreadPoolExecutor(max_workers=4) as asking:  # each is a process of its own
        return list(asking.map(_ask, services))


def _ask(service: str) -> Wired:
    command = [sys.executable, "-m", "tools.k8s.wired", service]
    told = os.environ | placeholders() | {"DJANGO_SETTINGS_MODULE": f"{service}.settings"}
    said = subprocess.run(command, cwd=ROOT, env=told, check=True, stdout=subprocess.PIPE)
    return Wired(**json.loads(said.stdout))


def main(service: str) -> None:
    django.setup()
    from mesh.checks.peers import called_by  # noqa: PLC0415  # models need the set-up
    from mesh.runtime.definition import service_definition  # noqa: PLC0415  # the same

    states = service_definition()
    said = Wired(service, sorted(states.calls), called_by(states), states.recipient is not None)
    print(json.dumps(asdict(said)))


if __name__ == "__main__":
    main(sys.argv[1])
