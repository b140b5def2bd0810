import random
import socket

HOST = "127.0.0.1"
ANSWERS_WITHIN_S = 2.0
# From here on Linux gives ports to whoever asks for any, outgoing connections too, so that one of
# these may be taken before its server starts.
_GIVEN_FROM = 32_768
# Ports that servers have by convention are below, and the last that browsers refuse (10,080).
_CHOSEN_FROM = 10_100
_random = random.SystemRandom()  # what others seed alike would choose alike


def free_port() -> int:
    """Returns a port that nothing listens on now."""
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """Returns `count` different ports that nothing listens on now, and the kernel gives nobody."""
    ports = range(_CHOSEN_FROM, _GIVEN_FROM)
    chosen = _random.sample(ports, count)
    return free_ports(count) if any(map(is_taken, chosen)) else chosen


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
