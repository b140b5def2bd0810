"""Every command of docs/runbook.md, run as it is written there, against a running mesh."""

import json
import re
import shlex
import subprocess
import sys

import pytest

from dev.config import PORTS, ROOT
from tests.support.local_mesh import LocalMesh
from tests.support.mesh_under_test import Market

BLOCKS = re.findall(
    r"^```sh\n(.*?)^```", (ROOT / "docs/runbook.md").read_text(), re.MULTILINE | re.DOTALL
)
COMMANDS = sorted({line for block in BLOCKS for line in block.splitlines()})
METRIC = re.compile(r"grep (\w+)$")


@pytest.fixture(scope="module", autouse=True)
def _used(market: Market) -> None:
    """Has a person order something, so that there is something to count."""
    ada = market.register()
    order = market.place_order(ada, "MUG-BLUE").json()["id"]
    assert market.order_at_rest(ada, order)["state"] == "ORDER_STATE_CONFIRMED"
    market.mail_about(ada.email, "confirmed")


def test_there_are_commands() -> None:
    assert {command.split()[0] for command in COMMANDS} == {"make", "curl"}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_runbook_works(command: str, mesh: LocalMesh) -> None:
    words = shlex.split(command)
    if words[0] == "make":
        told = shlex.split(words[2].removeprefix("DO=")) if len(words) > 2 else []
        run = [sys.executable, "-m", "dev", words[1], "--var", str(mesh.var), *told]
    else:
        run = ["sh", "-c", _on_the_ports_of(mesh, command)]
    done = subprocess.run(run, capture_output=True, text=True, cwd=ROOT, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    if named := METRIC.search(command):
        assert named[1] in done.stdout
    if words[0] == "curl":
        assert done.stdout


def _on_the_ports_of(mesh: LocalMesh, command: str) -> str:
    ports = json.loads(mesh.ready.read_text())["ports"]
    taken = {str(default): str(ports[name]) for name, (default, _) in PORTS.items()}
    return re.sub(r"localhost:(\d+)", lambda found: f"127.0.0.1:{taken[found[1]]}", command)
