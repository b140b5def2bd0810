"""Calls of an RPC that changes something, together: by the kit's channel to a real server."""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import grpc
import pytest
from google.protobuf.message import Message
from pytest_django import Settings

from mesh import context
from mesh.auth.access import NOBODY
from mesh.context import Call
from mesh.core.errors import DomainError, Unavailable
from mesh.rpc.batching.calls import Asked, Instead
from mesh.rpc.client import call_each, channel, forget_channels
from mesh.rpc.definition import RpcDefinition
from mesh.testing.servers import TestKeys, standing_in_for
from mesh.tests.toy.contract import NAME, OutOfToys, RepeatRequest, SayResponse, Toy

REPEAT = f"{NAME}/Repeat"
ADA, BOB = (f"01890a5d-ac96-774b-bcce-b302099a80{number}" for number in (57, 58))
HANGS_S = 30.0


class Together:
    """Serves Repeat for several calls, and notes them; some words make it misbehave."""

    def __init__(self) -> None:
        self.batches: list[Sequence[Asked]] = []

    def __call__(self, asked: Sequence[Asked]) -> list[Message | DomainError | Instead]:
        assert (context.current(), context.caller()) == (None, NOBODY)
        self.batches.append(asked)
        words = [each.request.what for each in asked]
        if "break" in words:
            raise ZeroDivisionError
        if "away" in words:
            raise Unavailable("away for now")
        return [self._outcome(each) for each in asked]

    def _outcome(self, each: Asked) -> Any:
        match each.request.what:
            case "alone":
                return Instead.ALONE
            case "domain":
                return OutOfToys("no toys are left")
            case "again":
                each.call.replayed = True
        return SayResponse(said=f"together {each.request.what}")

    @property
    def words(self) -> list[list[str]]:
        return [[each.request.what for each in batch] for batch in self.batches]


@pytest.fixture
def together(toy_contract: None, wiring: RpcDefinition, settings: Settings) -> Iterator[Together]:
    """What serves the toy's Repeat for several calls; the caller is a service that may send them.

    The lone RPC is served by the class, which echoes.
    """
    settings.SERVICE = "order_service"
    function = Together()
    with standing_in_for("toy", replace(wiring, writes={REPEAT: function})):
        yield function


def a_call(seconds: float = HANGS_S, **fields: Any) -> Call:
    return Call("test", fields.pop("request_id", "r"), time.monotonic() + seconds, **fields)


def said(outcome: Any) -> str:
    return outcome.reason if isinstance(outcome, DomainError) else str(outcome.said)


def repeat(*words: str, calls: Sequence[Call] = ()) -> list[str]:
    requests = [RepeatRequest(what=what, request_id=ADA) for what in words]
    asked = zip(requests, calls or [a_call() for _ in words], strict=True)
    return [said(outcome) for outcome in call_each(REPEAT, list(asked))]


def alone() -> list[str]:
    return [call.what for call in Toy.calls]  # type: ignore[attr-defined]  # a message of the toy


def test_each_call_is_served_in_its_own_name_and_time(together: Together, keys: TestKeys) -> None:
    tokens = [keys.token(user, now=time.time()) for user in (ADA, BOB)]
    calls = [
        a_call(1.0, request_id="of-ada", user_token=tokens[0]),
        a_call(request_id="of-bob", user_token=tokens[1]),
    ]
    with context.serving(a_call(request_id="of nobody", user_token=tokens[1])):
        assert repeat("one", "two", calls=calls) == ["together one", "together two"]
    ((first, second),) = together.batches
    assert [each.call.request_id for each in (first, second)] == ["of-ada", "of-bob"]
    assert [each.call.caller.user_id for each in (first, second)] == [ADA, BOB]
    assert {each.call.caller.service for each in (first, second)} == {"order_service"}
    assert second.call.deadline - first.call.deadline > 0.2  # of the 1.5 s of the contract
    assert Toy.calls == []


def test_each_call_has_its_own_outcome_in_its_place(together: Together) -> None:
    words = ["pay", "alone", "domain", "again", "pay too"]
    calls = [a_call() for _ in words]
    with context.serving(a_call()) as current:
        assert repeat(*words, calls=calls) == [
            "together pay",
            "alone",
            "OUT_OF_TOYS",
            "together again",
            "together pay too",
        ]
    assert (together.words, alone()) == ([words], ["alone"])
    assert [call.replayed for call in calls] == [False, False, False, True, False]
    assert current is not None
    assert not current.replayed


def test_one_call_goes_by_its_own_rpc_which_the_class_serves(together: Together) -> None:
    assert (repeat("pay"), repeat()) == (["pay"], [])
    assert (together.batches, alone()) == ([], ["pay"])


def test_a_call_that_breaks_the_function_breaks_no_other(together: Together) -> None:
    assert repeat("a", "break", "alone", "b") == ["together a", "INTERNAL", "alone", "together b"]
    assert together.words == [["a", "break", "alone", "b"], ["a"], ["break"], ["alone"], ["b"]]


def test_each_call_of_a_batch_that_fails_has_an_error_of_its_own(together: Together) -> None:
    asked = [(RepeatRequest(what=what, request_id=ADA), a_call()) for what in ("a", "away")]
    first, second = call_each(REPEAT, asked)
    assert (said(first), said(second)) == ("SERVICE_UNAVAILABLE", "SERVICE_UNAVAILABLE")
    assert first is not second
    assert set(map(tuple, together.words)) == {("a", "away")}  # and its retries
    assert Toy.calls == []


def test_a_call_without_time_is_not_sent_and_the_others_are(together: Together) -> None:
    calls = [a_call(), a_call(seconds=0), a_call()]
    assert repeat("a", "late", "b", calls=calls) == [
        "together a",
        "DEADLINE_EXCEEDED",
        "together b",
    ]
    assert repeat("late", "late", calls=[a_call(0), a_call(0)]) == ["DEADLINE_EXCEEDED"] * 2
    assert (together.words, Toy.calls) == ([["a", "b"]], [])


def test_an_empty_request_id_is_filled_once_for_the_batch_and_the_call_alone(
    together: Together,
) -> None:
    call_each(REPEAT, [(RepeatRequest(what=what), a_call()) for what in ("pay", "alone")])
    ((pay, left),) = together.batches
    assert len(pay.request.request_id) == len(left.request.request_id) == len(ADA)
    assert pay.request.request_id != left.request.request_id
    assert Toy.calls == [left.request]


def ask(what: str, call: Call) -> tuple[str, bool]:
    invoke = channel("toy").unary_unary(
        f"/{REPEAT}",
        request_serializer=RepeatRequest.SerializeToString,
        response_deserializer=SayResponse.FromString,
    )
    with context.serving(call):
        return said(invoke(RepeatRequest(what=what))), call.replayed


def test_threads_that_call_while_a_call_is_under_way_are_served_together(
    together: Together,
) -> None:
    Toy.release.clear()
    words = ["pay", "again", "alone"]
    with ThreadPoolExecutor(4) as threads:
        held, until = threads.submit(ask, "held", a_call()), time.monotonic() + HANGS_S
        while not Toy.calls:
            assert time.monotonic() < until
            time.sleep(0.001)
        asked = [threads.submit(ask, what, a_call()) for what in words]
        assert [each.result(HANGS_S) for each in asked] == [
            ("together pay", False),
            ("together again", True),
            ("alone", False),
        ]
        Toy.release.set()
        assert held.result(HANGS_S) == ("held", False)
    sent = {each.request.what: each.request for batch in together.batches for each in batch}
    assert sorted(sent) == sorted(words)
    assert all(len(request.request_id) == len(ADA) for request in sent.values())
    assert Toy.calls[1:] == [sent["alone"]]


class Older(grpc.GenericRpcHandler):  # type: ignore[type-arg]  # of any request and answer
    """A service from before there were batches."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def service(self, details: grpc.HandlerCallDetails) -> Any:
        metadata = dict(details.invocation_metadata)
        self.asked.append((str(details.method), str(metadata.get("x-request-id"))))
        ours = details.method == f"/{REPEAT}"
        return grpc.unary_unary_rpc_method_handler(lambda *_: b"") if ours else None


def test_an_older_service_is_called_for_each_alone(
    toy_contract: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    older, server = Older(), grpc.server(ThreadPoolExecutor(1))
    server.add_generic_rpc_handlers([older])
    monkeypatch.setenv("TOY_TARGET", f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}")
    server.start()
    forget_channels()
    calls = [a_call(request_id="of-ada"), a_call(request_id="of-bob")]
    assert [repeat("a", "b", calls=calls) for _ in range(2)] == [["", ""]] * 2
    forget_channels()
    server.stop(0)
    assert older.asked.count((f"/{REPEAT}", "of-ada")) == 2
