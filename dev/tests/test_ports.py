"""Ports that a mesh of a test's own is given."""

import socket

from dev.config import PORTS
from dev.ports import HOST, STEP, free_ports

PROCESSES = 4


def test_no_further_process_of_a_service_needs_the_port_of_another_one() -> None:
    for _ in range(50):
        chosen = free_ports(len(PORTS))
        further = [port + STEP * number for port in chosen for number in range(1, PROCESSES)]
        assert not {*chosen} & {*further}
        assert len({*further}) == len(further)


def test_none_is_given_whose_further_process_would_find_its_port_taken() -> None:
    taken = free_ports(40)
    listening = [socket.create_server((HOST, port + STEP)) for port in taken]
    try:
        assert not {*taken} & {port for _ in range(50) for port in free_ports(len(PORTS))}
    finally:
        for server in listening:
            server.close()
