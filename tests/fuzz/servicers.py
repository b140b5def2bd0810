"""Every RPC of every servicer, asked over gRPC for what hypothesis makes of its descriptor."""

import itertools
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field

import grpc
from grpc_status import rpc_status
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from mesh.contract import Method, market_contract
from mesh.errors import RemoteError
from mesh.peers import members
from tests.fuzz.hostile import Known, requests
from tests.fuzz.identities import PEOPLE, Identities

EXAMPLES_A_ROUND = 25
ANSWERED_WITHIN_S = 15.0
SHOWN = 20
EXPECTED = set(
    "OK INVALID_ARGUMENT NOT_FOUND ALREADY_EXISTS PERMISSION_DENIED UNAUTHENTICATED "
    "FAILED_PRECONDITION ABORTED OUT_OF_RANGE RESOURCE_EXHAUSTED UNAVAILABLE "
    "DEADLINE_EXCEEDED".split()
)


@dataclass
class Tally:
    """`findings` says of each wrong answer what brings it about."""

    calls: int = 0
    findings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Goal:
    """Enough `calls` were made, or the clock (monotonic, in seconds) says `until`."""

    calls: int
    until: float

    def reached(self, tally: Tally) -> bool:
        return tally.calls >= self.calls or time.monotonic() > self.until


class Servicers:
    """`at` maps a service to host:port."""

    def __init__(self, at: Mapping[str, str], identities: Identities, known: Known) -> None:
        self._at, self._identities, self._known = at, identities, known
        self._services = sorted(members(market_contract()))

    def fuzz(self, goal: Goal, number: int) -> Tally:
        """Ask all RPCs in turn, again and again; the same `number` asks for the same."""
        tally = Tally()
        with ExitStack() as opened:
            channels = {
                service: opened.enter_context(grpc.insecure_channel(address))
                for service, address in self._at.items()
            }
            for turn in itertools.count(number * 1000):
                for method in market_contract():
                    if goal.reached(tally):
                        return tally
                    self._ask(channels[method.served_by], method, turn, tally)
        return tally

    def _ask(self, channel: grpc.Channel, method: Method, turn: int, tally: Tally) -> None:
        """Each request is sent by every kind of caller at once."""

        @seed(turn)
        @settings(
            max_examples=EXAMPLES_A_ROUND,
            phases=[Phase.generate],
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(
            request=requests(method.descriptor.input_type, self._known),
            service=st.sampled_from(self._services),
        )
        def sent(request: bytes, service: str) -> None:
            answers = [
                (caller, _call(channel, method, request, self._metadata(caller, method)))
                for caller in (*PEOPLE, service)
            ]
            for caller, answer in answers:
                tally.calls += 1
                if wrong := _wrong(answer):
                    tally.findings.append(f"{method.path} as {caller}: {wrong}: {request.hex()}")

        sent()

    def _metadata(self, caller: str, method: Method) -> tuple[tuple[str, str], ...]:
        return self._identities.metadata(caller, method.served_by)


def _call(
    channel: grpc.Channel, method: Method, request: bytes, metadata: tuple[tuple[str, str], ...]
) -> grpc.Future | Iterator[bytes]:
    if method.descriptor.server_streaming:
        return channel.unary_stream(method.path)(
            request, metadata=metadata, timeout=ANSWERED_WITHIN_S
        )
    return channel.unary_unary(method.path).future(
        request, metadata=metadata, timeout=ANSWERED_WITHIN_S
    )
