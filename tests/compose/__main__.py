"""`make test-compose`: the e2e tests on a mesh in containers, then what containers add.

It has a Compose project, volumes and ports of its own, so it leaves a running mesh alone,
and it is gone afterwards. Images that are there are used as they are: `make images`
builds them anew.
"""

import os
import subprocess
import sys

from deploy.docker.make_secrets import FOLDER, make_secrets
from dev.ports import free_port
from tests.compose.mesh import PROJECT, ComposeMesh

TESTS = ("tests/e2e", "tests/compose")


def main() -> int:
    if not engine_runs():
        print("no container engine answers here: test-compose needs Docker with Compose")
        return 1
    make_secrets(FOLDER)
    os.environ |= {"EDGE_PORT": str(free_port()), "MAILBOX_PORT": str(free_port())}
    mesh = ComposeMesh()
    try:
        mesh.up()
        os.environ |= {"MARKET_RUNNING": "on", "MARKET_COMPOSE": PROJECT, **mesh.grpc_ports()}
        return max(pytest(folder) for folder in TESTS)
    except subprocess.CalledProcessError as error:
        print(f"`{' '.join(error.cmd)}` failed; the containers' last words:")
        print(mesh.compose("logs", "--tail", "5"))
        return 1
    finally:
        mesh.down()


def engine_runs() -> bool:
    try:
        for command in (["docker", "info"], ["docker", "compose", "version"]):
            subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def pytest(folder: str) -> int:
    return subprocess.run([sys.executable, "-m", "pytest", folder], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
