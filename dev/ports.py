import socket
from contextlib import ExitStack

HOST = "127.0.0.1"
ANSWERS_WITHIN_S = 2.0


def free_port() -> int:
    """Returns a port that nothing listens on now."""
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """Returns `count` different ports that nothing listens on now."""
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind((HOST, 0))
        return [int(probe.getsockname()[1]) for probe in probes]


def is_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return True
    return False


def accepts(host: str, port: int) -> bool:
    """Returns whether something takes connections there, within ANSWERS_WITHIN_S."""
    try:
        with socket.create_connection((host, port), timeout=ANSWERS_WITHIN_S):
            return True
    except OSError:
        return False
