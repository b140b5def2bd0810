"""Calls every RPC of every servicer over gRPC with what hypothesis makes of its descriptor."""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Self

import grpc
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from mesh.contract.model import Method
from tests.fuzz.answers import APART, Answer
from tests.fuzz.calls import Call
from tests.fuzz.hostile import Known, requests
from tests.fuzz.people import NOBODY, OTHER, PEOPLE, SERVICES, USER, People


@dataclass
class Tally:
    """A tally of answers by RPC; each finding names the call that brings a wrong answer about."""

    calls: int = 0
    outcomes: dict[str, Counter[str]] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)

    def count(self, call: Call, answer: Answer) -> None:
        self.calls += 1
        self.outcomes.setdefault(call.method.path, Counter())[answer.outcome] += 1
        if answer.wrong:
            self.findings.append(f"{answer.wrong}\n      {call}")

    @property
    def apart(self) -> Counter[str]:
        """The outcomes that depend on more than the request."""
        total = sum(self.outcomes.values(), Counter[str]())
        return Counter({name: n for name, n in total.items() if name.partition("/")[0] in APART})


class Servicers:
    """A client of all servicers that asks as `people`; `at` maps a service to host:port."""

    def __init__(self, at: Mapping[str, str], people: People, known: Known) -> None:
        self._at, self._people, self._known = at, people, known
        self._opened = ExitStack()
        self._channels: dict[str, grpc.Channel] = {}

    def __enter__(self) -> Self:
        for service, address in self._at.items():
            channel = grpc.insecure_channel(address)
            self._channels[service] = self._opened.enter_context(channel)
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    def ask(self, method: Method, tally: Tally, *, number: int, examples: int) -> None:
        """Sends `examples` requests, each as everybody at once; `number` seeds them."""

        @seed(number)
        @settings(
            max_examples=examples,
            phases=[Phase.generate],
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(
            request=requests(method.descriptor.input_type, self._known),
            service=st.sampled_from([*SERVICES, *sorted(method.access.services) * 4]),
        )
        def sent(request: bytes, service: str) -> None:
            calls = [self._call(method, request, name) for name in (*PEOPLE, service)]
            self._count(calls, tally)

        sent()

    def _call(self, method: Method, request: bytes, name: str) -> Call:
        metadata = self._people.metadata(name, method.served_by)
        return Call(self._channels[method.served_by], method, request, name, metadata)

    def _count(self, calls: Sequence[Call], tally: Tally) -> None:
        """Counts the answers; the ids of a user's things must not be in those of others."""
        ids = (self._known[name][0] for name in ("order_id", "payment_id"))
        secret = {text.encode() for text in (self._people.person(USER).id, *ids)}
        for call in calls:
            tally.count(call, call.answer(secret if call.name in (NOBODY, OTHER) else set()))
