import random
import socket

HOST = "127.0.0.1"
STEP = 10  # from one process of a service to the next
ANSWERS_WITHIN_S = 2.0
# From here on Linux gives ports to whoever asks for any, outgoing connections too, so that one of
# these may be taken before its server starts.
_GIVEN_FROM = 32_768
# Ports that servers have by convention are below, and the last that browsers refuse (10,080).
_CHOSEN_FROM = 10_100
_PROCESSES = 8  # of a service, for whose ports there is room
_random = random.SystemRandom()  # what others seed alike would choose alike


def free_port() -> int:
    """Returns a port that nothing listens on now."""
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """Returns `count` ports for services that nothing listens on now, and the kernel gives nobody.

    So are those of a service's further processes, each STEP above the one before.
    """
    while True:
        chosen = _random.sample(range(_CHOSEN_FROM, _GIVEN_FROM - _PROCESSES * STEP), count)
        needed = {port + STEP * number for port in chosen for number in range(_PROCESSES)}
        if len(needed) == count * _PROCESSES and not any(map(is_taken, needed)):
            return chosen


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
