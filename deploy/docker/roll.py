"""Replaces a service's containers without a failed request: `make roll NAME=order`.

For a new image, new settings, or just a restart. The new containers serve before the
first old one is told to stop; each of those finishes what it began, and is given up by
its callers, before the next one's turn. Needs room for twice the replicas meanwhile.
Nothing but Python and `docker compose` is needed; COMPOSE_FILE and the like hold here too.
"""

import subprocess
import sys
import time

# A caller looks names up again once a container drains, at most once a second.
BETWEEN_S = 3.0


def roll(service: str) -> None:
    """Replaces each container of a service.

    Raises CalledProcessError; containers that were not replaced by then go on serving.
    """
    old = _compose("ps", "--quiet", service).split()
    _scale(service, 2 * len(old))
    for container in old:
        time.sleep(BETWEEN_S)
        _docker("stop", container)
        _docker("rm", container)
        sys.stdout.write(f"{service}: {container[:12]} is replaced\n")
        sys.stdout.flush()
    _scale(service, len(old))  # only so that Compose knows the number


def _scale(service: str, replicas: int) -> None:
    """Starts as many replicas as are missing, and waits until all are healthy."""
    only = ("--no-deps", "--no-recreate", "--no-build")
    _compose("up", "--detach", "--wait", *only, "--scale", f"{service}={replicas}", service)


def _compose(*arguments: str) -> str:
    return _docker("compose", "--progress", "quiet", *arguments)


def _docker(*arguments: str) -> str:
    command = ["docker", *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: make roll NAME=<service of compose.yaml>")
    try:
        roll(sys.argv[1])
    except subprocess.CalledProcessError as error:
        sys.exit(f"`{' '.join(map(str, error.cmd))}` failed with exit code {error.returncode}")
