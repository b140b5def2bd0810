"""One replica of two takes calls and never answers: the other one goes on answering."""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from mesh import context
from mesh.auth.tokens import ServiceTokens
from mesh.context import Call
from mesh.contract.model import market_contract
from mesh.core.errors import DomainError
from mesh.rpc.async_channels import AsyncChannels
from mesh.rpc.async_client import AsyncClient, Invoke
from mesh.rpc.definition import RpcDefinition
from mesh.testing.servers import TestKeys, serving
from mesh.tests.toy.contract import NAME

SECRET = "only for tests: long enough to be a secret"
ALICE, BOB = (f"01890a5d-ac96-774b-bcce-b302099a805{last}" for last in "78")
AT_ONCE = 24
MINE, BATCH = f"/{NAME}/Mine", "/market.batch.v1.BatchService/Call"


class Hangs(grpc.GenericRpcHandler):  # type: ignore[type-arg]  # generic in stubs only
    """Takes every call of the toy and of batches, and answers none."""

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()

    def service(self, details: grpc.HandlerCallDetails) -> Any:
        name = str(details.method)
        if name.startswith("/grpc."):
            return None

        def behavior(_: bytes, context: grpc.ServicerContext) -> bytes:
            self.taken[name] += 1
            over = threading.Event()
            context.add_callback(over.set)
            over.wait(30)
            return b""

        return grpc.unary_unary_rpc_method_handler(behavior)


@pytest.fixture
def hanging() -> Iterator[tuple[Hangs, int]]:
    hangs, server = Hangs(), grpc.server(ThreadPoolExecutor(64))
    server.add_generic_rpc_handlers([hangs])
    healthy = health.HealthServicer()
    healthy.set("", health_pb2.HealthCheckResponse.SERVING)
    health_pb2_grpc.add_HealthServicer_to_server(healthy, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield hangs, port
    server.stop(0).wait()


async def ask(invoke: Invoke, request: Any, token: str) -> str:
    """Asks for Alice's; with Bob's token that is nobody's."""
    call = Call("m", "r", time.monotonic() + 1.0, user_token=token)
    with context.serving(call):
        try:
            said: Any = await invoke(request)
        except DomainError as error:
            return error.reason
        return str(said.said)


def answered(outcomes: list[tuple[str, str]]) -> int:
    return sum(due == came for due, came in outcomes)


@pytest.mark.usefixtures("toy_contract")
def test_calls_that_the_other_replica_takes_are_answered(
    wiring: RpcDefinition, keys: TestKeys, hanging: tuple[Hangs, int], settings: Any
) -> None:
    settings.MESH_SECRET = SECRET
    hangs, sick_port = hanging
    tokens = [keys.token(user, now=time.time()) for user in (ALICE, BOB)]
    due = [ALICE, "NOT_FOUND"]

    async def ask_both(port: int) -> list[tuple[str, str]]:
        """Asks in waves until the sick replica got a batch too, and the other one some calls.

        The two take turns, so that with an even number of RPCs each wave would be like the first.
        """
        contract = market_contract()
        channels = AsyncChannels(contract, lambda _: f"ipv4:127.0.0.1:{port},127.0.0.1:{sick_port}")
        method = contract.methods[MINE]
        invoke = AsyncClient(channels, ServiceTokens(SECRET, "edge_api")).unary(method)
        request = method.request_class(user_id=ALICE)
        outcomes: list[tuple[str, str]] = []
        until, waves = time.monotonic() + 60, 0
        while not hangs.taken[BATCH] or answered(outcomes) < AT_ONCE:
            assert time.monotonic() < until
            wave = [ask(invoke, request, tokens[number % 2]) for number in range(AT_ONCE)]
            came = await asyncio.gather(*wave)
            outcomes += [(due[number % 2], each) for number, each in enumerate(came)]
            waves += 1
            if waves % 2:
                outcomes.append((ALICE, await ask(invoke, request, tokens[0])))
        await channels.close()
        return outcomes

    with serving(wiring) as (server, _):
        outcomes = asyncio.run(ask_both(server.port))
    wrong = {came for wanted, came in outcomes if came != wanted}
    assert wrong <= {"DEADLINE_EXCEEDED", "SERVICE_UNAVAILABLE"}
