"""What the kit's channel adds to a call, and what it makes of a failure."""

import os
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from threading import Timer
from typing import Any

import grpc
import pytest
from grpc.aio import Metadata
from structlog.testing import capture_logs

from mesh import context
from mesh.auth.tokens import ServiceTokens
from mesh.context import Call
from mesh.contract.model import market_contract
from mesh.core.errors import DeadlineExceeded, RemoteError, Unavailable
from mesh.rpc import metadata
from mesh.rpc.client import channel, forget_channels, published_keys, service_config
from mesh.rpc.definition import RpcDefinition
from mesh.rpc.interceptors.client import remote_error
from mesh.testing.servers import TestKeys, standing_in_for
from mesh.tests.toy.contract import (
    NAME,
    MineRequest,
    RepeatRequest,
    SayRequest,
    SayResponse,
    Toy,
)

CONNECTS_AFTER_S = 0.3  # a hundredth of that is usual
ALICE = "01890a5d-ac96-774b-bcce-b302099a8057"


def say(rpc: str, request: Any, **options: Any) -> str:
    invoke = channel("toy").unary_unary(
        f"/{NAME}/{rpc}",
        request_serializer=lambda message: message.SerializeToString(),
        response_deserializer=SayResponse.FromString,
    )
    return str(invoke(request, **options).said)


def a_call(seconds: float = 5, **fields: Any) -> Call:
    return Call("test", "request-7", time.monotonic() + seconds, **fields)


def test_the_request_id_and_the_service_s_identity_go_along(toy_server: None) -> None:
    with context.serving(a_call()):
        assert say("Say", SayRequest(what="request id")) == "request-7"
        assert "service='toy'" in say("Say", SayRequest(what="who"))


def test_the_user_s_token_goes_along_and_is_verified_again(
    toy_server: None, keys: TestKeys
) -> None:
    with context.serving(a_call(user_token=keys.token(ALICE, now=time.time()))):
        assert say("Mine", MineRequest(user_id="me")) == ALICE


def test_the_client_s_address_goes_along_when_it_is_known() -> None:
    tokens = ServiceTokens("only for tests: long enough to be a secret", "toy")
    sent = dict(metadata.metadata(a_call(client_address="192.0.2.7"), tokens, "toy"))
    assert sent["x-client-address"] == "192.0.2.7"
    assert "x-client-address" not in dict(metadata.metadata(a_call(), tokens, "toy"))


def test_what_is_left_of_the_deadline_is_passed_on_less_twenty_milliseconds(
    toy_server: None,
) -> None:
    with context.serving(a_call(seconds=0.5)):
        assert float(say("Say", SayRequest(what="budget"))) < 0.46


def test_nothing_is_called_when_no_time_is_left(toy_server: None) -> None:
    with context.serving(a_call(seconds=0.02)), pytest.raises(DeadlineExceeded):
        say("Say", SayRequest(what="x"))
    assert Toy.calls == []


def test_a_remote_error_arrives_typed(toy_server: None) -> None:
    with pytest.raises(RemoteError) as caught:
        say("Say", SayRequest(what="domain"))
    assert (caught.value.reason, caught.value.metadata) == ("OUT_OF_TOYS", {"shelf": "top"})


def test_what_grpc_itself_refuses_is_logged_as_no_servicer_does() -> None:
    error = grpc.aio.AioRpcError(
        grpc.StatusCode.UNIMPLEMENTED, Metadata(), Metadata(), "Method not found!", ""
    )
    with capture_logs() as logged:
        assert remote_error(error, "toy").reason == "UNIMPLEMENTED"
    assert [(line["event"], line["detail"]) for line in logged] == [
        ("grpc_failed", "Method not found!")
    ]


def test_a_service_that_is_slow_is_deadline_exceeded_by_name(toy_server: None) -> None:
    with pytest.raises(DeadlineExceeded, match="Toy did not answer in time"):
        say("Say", SayRequest(what="slow"), timeout=0.1)


def test_a_service_that_is_down_is_unavailable_by_name_within_its_deadline(
    toy_contract: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOY_TARGET", "127.0.0.1:1")
    forget_channels()
    started = time.monotonic()
    with pytest.raises(Unavailable, match="Toy unavailable") as caught:
        say("Say", SayRequest(what="x"))
    assert caught.value.retry_after_s == 1.0
    assert time.monotonic() - started < 1.75
    forget_channels()


@pytest.mark.django_db(transaction=True)
def test_an_empty_request_id_is_filled_and_a_given_one_kept(toy_server: None) -> None:
    request = RepeatRequest(what="x")
    say("Repeat", request)
    say("Repeat", RepeatRequest(what="x", request_id=ALICE))
    assert request.request_id == ""
    assert len(Toy.calls[0].request_id) == 36  # type: ignore[attr-defined]
    assert Toy.calls[1].request_id == ALICE  # type: ignore[attr-defined]


def refusing() -> tuple[grpc.Server, str, list[float]]:
    """A server that finds nothing, its address, and when it was asked."""
    asked: list[float] = []

    def refuse(request: bytes, context: grpc.ServicerContext) -> bytes:
        asked.append(time.monotonic())
        context.abort(grpc.StatusCode.NOT_FOUND, "no such thing")

    class Refuses(grpc.GenericRpcHandler):  # type: ignore[type-arg]  # of any request and answer
        def service(self, details: grpc.HandlerCallDetails) -> Any:
            ours = NAME in str(details.method)
            return grpc.unary_unary_rpc_method_handler(refuse) if ours else None

    server = grpc.server(ThreadPoolExecutor(1), handlers=[Refuses()])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, f"127.0.0.1:{port}", asked


def test_a_replica_is_not_left_out_for_what_it_rightly_refuses(
    toy_contract: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    (one, here, asked_one), (other, there, asked_other) = refusing(), refusing()
    monkeypatch.setenv("TOY_TARGET", f"{here},{there}")
    forget_channels()
    began = time.monotonic()
    judged_at = began + 5  # more than twice the time after which gRPC judges
    while min(max(asked, default=began) for asked in (asked_one, asked_other)) < judged_at:
        with pytest.raises(RemoteError, match="no such thing"):
            say("Say", SayRequest(what="x"))
        assert time.monotonic() < began + 60, "one of them is not asked any more"
        time.sleep(0.05)
    forget_channels()
    for server in (one, other):
        server.stop(0)


def test_the_published_keys_are_found_through_the_contract(
    toy_server: None, keys: TestKeys
) -> None:
    assert published_keys() == keys.jwks()


def test_a_service_that_is_stopped_while_it_answers_is_unavailable(
    toy_contract: None, wiring: RpcDefinition
) -> None:
    with standing_in_for("toy", wiring) as server:
        stopping = Timer(0.1, server.stop, [0])
        stopping.start()
        with pytest.raises(Unavailable, match="Toy unavailable"):
            say("Write", SayRequest(what="slow"))
        stopping.join()


def test_the_ratio_of_the_retry_budget_has_the_point_without_which_grpc_misreads_it() -> None:
    assert '"tokenRatio": 1.0' in service_config("order_service", market_contract())


@contextmanager
def slow_to_take_a_connection(port: int) -> Iterator[int]:
    """Passes what it is sent on to `port`, once CONNECTS_AFTER_S are over; yields its own port."""
    with socket.create_server(("127.0.0.1", 0)) as listening, ExitStack() as opened:

        def serve() -> None:
            while True:
                try:
                    ends = [listening.accept()[0]]
                except OSError:
                    return  # it is closed
                time.sleep(CONNECTS_AFTER_S)
                ends.append(socket.create_connection(("127.0.0.1", port)))
                for one, other in (ends, ends[::-1]):
                    opened.enter_context(one)
                    threading.Thread(target=pass_on, args=(one, other), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)


def pass_on(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while sent := one.recv(65536):
            other.sendall(sent)


def test_a_busy_server_that_is_slow_to_take_a_connection_is_not_down(
    toy_server: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    served_at = int(os.environ["TOY_TARGET"].rpartition(":")[2])
    with slow_to_take_a_connection(served_at) as port:
        monkeypatch.setenv("TOY_TARGET", f"127.0.0.1:{port}")
        forget_channels()
        assert say("Say", SayRequest(what="request id"), timeout=5)
        forget_channels()
