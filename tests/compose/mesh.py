"""The mesh in containers: started, looked into, broken, and taken down."""

import json
import subprocess
from dataclasses import dataclass
from typing import Any

from dev.config import DATABASES, ROOT

PROJECT = "marketmesh-test"
FILES = ("compose.yaml", "compose.override.yaml", "compose.test.yaml")
SERVICES = DATABASES
GRPC_PORT = "50051"
HELPER = "postgres:17"  # any image that is there and has kill(1)


@dataclass(frozen=True)
class Container:
    """One container as it is now. `restarts` counts how often its engine brought it back."""

    id: str
    service: str
    pid: int
    restarts: int
    healthy: bool


class ComposeMesh:
    """A Compose project; every method raises CalledProcessError when the engine refuses."""

    def compose(self, *arguments: str) -> str:
        files = [part for file in FILES for part in ("--file", file)]
        return _docker("compose", "--project-name", PROJECT, *files, *arguments)

    def up(self) -> None:
        """Builds the images that are missing, starts all containers, and waits until they serve."""
        self.compose("up", "--detach", "--wait")

    def down(self) -> None:
        self.compose("down", "--volumes", "--remove-orphans")

    def grpc_ports(self) -> dict[str, str]:
        """Returns the variables that tell the tests the address of a replica of each service."""
        found = {name: self.compose("port", name, GRPC_PORT).strip() for name in SERVICES}
        return {f"{name.upper()}_PORT": at.rpartition(":")[2] for name, at in found.items()}

    def containers(self, service: str = "") -> list[Container]:
        """Returns the running containers, of one service or of all."""
        ids = self.compose("ps", "--quiet", *([service] if service else [])).split()
        return [_container(one) for one in json.loads(_docker("inspect", *ids))] if ids else []

    def run_in(self, container: Container, *command: str) -> "subprocess.CompletedProcess[str]":
        """Runs a command in a container, whether it succeeds or not."""
        line = ["docker", "exec", container.id, *command]
        return subprocess.run(line, check=False, capture_output=True, text=True)

    def crash(self, container: Container) -> None:
        """Kills a container's process by SIGKILL, as the kernel does when out of memory.

        `docker kill` counts as somebody's wish, after which the engine lets it lie.
        """
        kill = ["--entrypoint", "kill", HELPER, "-KILL", str(container.pid)]
        _docker("run", "--rm", "--pid", "host", "--network", "none", "--user", "0", *kill)


def _container(found: dict[str, Any]) -> Container:
    state, config = found["State"], found["Config"]
    return Container(
        id=found["Id"],
        service=config["Labels"]["com.docker.compose.service"],
        pid=state["Pid"],
        restarts=found["RestartCount"],
        healthy=state["Health"]["Status"] == "healthy",
    )


def _docker(*arguments: str) -> str:
    command = ["docker", *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT).stdout
