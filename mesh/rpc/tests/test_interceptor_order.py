"""Wherever a server fails, the caller learns nothing of why, and the operator all."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from io import StringIO
from typing import Any

import grpc
import pytest
from prometheus_client import REGISTRY

from mesh.auth.jwks import JwksCache
from mesh.auth.revocations import Revocations
from mesh.contract.model import Method
from mesh.rpc.batching.servicer import Coalesced
from mesh.rpc.definition import RpcDefinition
from mesh.rpc.handlers import Handlers, standard_interceptors
from mesh.rpc.interceptors.chain import Handler, Interceptor
from mesh.rpc.interceptors.drain import DrainInterceptor
from mesh.rpc.streaming.broadcaster import Broadcaster
from mesh.telemetry.tests.test_logs import lines
from mesh.testing.servers import TestKeys, error_of
from mesh.tests.toy.contract import NAME, SayRequest, SayResponse

HIDDEN = "what an exception says"


def chain() -> list[Interceptor]:
    """As a server is started with."""
    return standard_interceptors(JwksCache(lambda: TestKeys().jwks()), DrainInterceptor())


ORDER = [getattr(one, "__name__", type(one).__name__) for one in chain()]
INSIDE_ERRORS = range(ORDER.index("observed") + 1, len(ORDER))


def breaks_before(method: Method, call_next: Handler) -> Handler:
    def handle(request: Any, context: grpc.ServicerContext) -> Any:
        raise ZeroDivisionError(HIDDEN)

    return handle


def breaks_after(method: Method, call_next: Handler) -> Handler:
    def handle(request: Any, context: grpc.ServicerContext) -> Any:
        call_next(request, context)
        raise ZeroDivisionError(HIDDEN)

    return handle


@contextmanager
def served(wiring: RpcDefinition, interceptors: list[Interceptor]) -> Iterator[Any]:
    """Serve the toy inside these; yields a function that calls it."""
    server = grpc.server(ThreadPoolExecutor(1))
    broadcaster = Broadcaster(wiring.watches.values(), Revocations(60.0))
    coalesced = partial(Coalesced, keys=JwksCache(TestKeys().jwks))
    handlers = Handlers(wiring, broadcaster, interceptors, coalesced)
    server.add_generic_rpc_handlers([handlers.of(NAME)])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield channel.unary_unary(
            f"/{NAME}/Say",
            request_serializer=SayRequest.SerializeToString,
            response_deserializer=SayResponse.FromString,
        )
    server.stop(0).wait()


def test_what_reports_failures_is_outermost() -> None:
    assert ORDER[0] == "observed"


@pytest.mark.parametrize("broken", [breaks_before, breaks_after])
@pytest.mark.parametrize("at", INSIDE_ERRORS, ids=[f"outside {ORDER[at]}" for at in INSIDE_ERRORS])
def test_a_failure_is_masked_logged_by_its_request_and_counted(
    wiring: RpcDefinition, written: StringIO, at: int, broken: Interceptor
) -> None:
    interceptors = chain()
    interceptors.insert(at, broken)
    before = failures()
    with served(wiring, interceptors) as say:
        error = error_of(say, SayRequest(what="x"), (("x-request-id", "asked-for-1"),))
    assert (error.reason, error.detail) == ("INTERNAL", "something went wrong on our side")
    ours = [line for line in lines(written) if line.get("request_id") == "asked-for-1"]
    assert [line["event"] for line in ours] == ["rpc_failed", "rpc"]
    assert HIDDEN in ours[0]["exception"]
    assert ours[1]["outcome"] == "INTERNAL"
    assert failures() == before + 1


def failures() -> float:
    labels = {"rpc_method": f"{NAME}/Say", "rpc_response_status_code": "INTERNAL"}
    return REGISTRY.get_sample_value("rpc_server_call_duration_seconds_count", labels) or 0
