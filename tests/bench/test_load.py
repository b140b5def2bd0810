"""A window, and a single answer, end also where nothing answers."""

import asyncio
import socket

from dev.ports import HOST, free_port
from tests.bench import grpc_load
from tests.bench.load import Load, Question
from tests.bench.workloads import Tokens


def test_a_single_answer_that_does_not_come_is_given_up() -> None:
    async def asked(port: int) -> tuple[int, bytes]:
        load = Load(f"http://{HOST}:{port}", lambda: Question(b"GET / HTTP/1.1\r\n\r\n"), 0.05)
        return await load.answer()

    with socket.create_server((HOST, 0)) as silent:  # the kernel takes the connection
        answer = asked(silent.getsockname()[1])
        assert asyncio.run(asyncio.wait_for(answer, 30)) == (0, b"")


def test_a_window_in_which_every_call_breaks_says_so() -> None:
    window = grpc_load.steady([f"{HOST}:{free_port()}"], Tokens(), 1, 0.05, lambda: None)
    found, _, _ = asyncio.run(asyncio.wait_for(window, 30))
    assert not found.took_s
    assert found.broken["UNAVAILABLE"] > 0
