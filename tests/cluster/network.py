"""Hosts: namespaces of the network with an address each on a bridge, which take root to make."""

import ctypes
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Self

SUBNET = "10.213.7"
GATEWAY = f"{SUBNET}.1"  # of the bridge, where this process is reached
BRIDGE = "meshrig"
HOSTS = 3
_CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


class Host:
    """One of the hosts. `name` is its namespace's."""

    def __init__(self, number: int) -> None:
        self.name = f"{BRIDGE}{number}"
        self.address = f"{SUBNET}.{10 + number}"
        self._cable = f"{self.name}br"
        self._resolver = Path("/etc/netns") / self.name

    def __enter__(self) -> Self:
        with ExitStack() as made:
            self._resolver.mkdir(parents=True, exist_ok=True)
            made.callback(self._forget_resolver)
            (self._resolver / "resolv.conf").write_text(f"nameserver {GATEWAY}\n")
            ip("netns", "add", self.name)
            made.callback(ip, "netns", "delete", self.name)
            ip("link", "add", self._cable, "type", "veth", "peer", "eth0", "netns", self.name)
            made.callback(ip, "link", "delete", self._cable)
            ip("link", "set", self._cable, "master", BRIDGE, "up")
            ip("-n", self.name, "address", "add", f"{self.address}/24", "dev", "eth0")
            for link in ("lo", "eth0"):
                ip("-n", self.name, "link", "set", link, "up")
            made.callback(self.kill_all)
            self._made = made.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._made.close()

    def running(self, *command: str) -> list[str]:
        """Returns the command that runs one there, with the rig's server of names."""
        return ["ip", "netns", "exec", self.name, *command]

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Has this thread be there: what it starts and connects."""
        with (
            Path("/proc/thread-self/ns/net").open() as here,
            Path("/run/netns", self.name).open() as there,
        ):
            _enter(there.fileno())
            try:
                yield
            finally:
                _enter(here.fileno())

    def unplug(self) -> None:
        """Cuts the host off: what is sent to it or by it is lost without a word."""
        ip("link", "set", self._cable, "nomaster")

    def plug_in(self) -> None:
        ip("link", "set", self._cable, "master", BRIDGE)

    def kill_all(self) -> None:
        """Kills every process there, as when power fails."""
        for pid in ip("netns", "pids", self.name).split():
            with suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)

    def _forget_resolver(self) -> None:
        (self._resolver / "resolv.conf").unlink(missing_ok=True)
        self._resolver.rmdir()


@contextmanager
def network() -> Iterator[list[Host]]:
    """Yields the hosts, which are gone with the context; of an earlier run nothing is left."""
    for left in re.findall(rf"^({BRIDGE}\S+)", ip("netns", "list"), re.MULTILINE):
        ip("netns", "delete", left)
    for left in re.findall(rf"\s({BRIDGE}[^:@\s]*)[:@]", ip("-oneline", "link", "show")):
        ip("link", "delete", left)
    with ExitStack() as stack:
        ip("link", "add", BRIDGE, "type", "bridge")
        stack.callback(ip, "link", "delete", BRIDGE)
        ip("address", "add", f"{GATEWAY}/24", "dev", BRIDGE)
        ip("link", "set", BRIDGE, "up")
        yield [stack.enter_context(Host(number)) for number in range(1, HOSTS + 1)]


def ip(*arguments: str) -> str:
    """Runs iproute2's command. Raises CalledProcessError."""
    done = subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)
    return done.stdout


def _enter(namespace: int) -> None:
    if _libc.setns(namespace, _CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")
