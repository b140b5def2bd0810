"""Adds identity, request id and deadline to each call, and raises typed errors."""

import uuid
from collections.abc import Callable, Sequence
from contextvars import Context
from typing import Any, NamedTuple, cast

import grpc
import structlog
from google.protobuf import message
from google.rpc import code_pb2
from grpc_status import rpc_status

from market.batch.v1 import batch_pb2
from mesh import context
from mesh.contract.classes import response_class
from mesh.contract.model import Contract, Method
from mesh.core.errors import DeadlineExceeded, DomainError, RemoteError, Unavailable
from mesh.rpc import metadata as call_metadata
from mesh.rpc.batching import envelope
from mesh.rpc.batching.thread_coalescer import Sent, ThreadCoalescer
from mesh.rpc.interceptors.authentication import service_tokens
from mesh.rpc.interceptors.telemetry import calling

log = structlog.get_logger("rpc")


class _Details(NamedTuple):
    method: str
    timeout: float
    metadata: call_metadata.Metadata
    credentials: Any
    wait_for_ready: bool | None
    compression: Any


class ClientInterceptor(grpc.UnaryUnaryClientInterceptor):  # type: ignore[type-arg]
    """Intercepts every unary call of a service's channel, `bare` of interceptors.

    Calls of an RPC that the contract says is `coalesced` may travel together.
    """

    def __init__(self, service: str, contract: Contract, bare: grpc.Channel) -> None:
        self._service = service
        self._contract = contract
        self._tokens = service_tokens()
        self._send_batch = bare.unary_unary(
            envelope.CALL.path,
            request_serializer=batch_pb2.CallRequest.SerializeToString,
            response_deserializer=batch_pb2.CallResponse.FromString,
        )
        self._coalescers = {
            method.path: ThreadCoalescer(method, self._send)
            for method in contract.served_by(service)
            if method.coalesced
        }

    def intercept_unary_unary(
        self,
        continuation: Callable[[Any, Any], grpc.Call],
        client_call_details: grpc.ClientCallDetails,
        request: message.Message,
    ) -> Any:
        method = self._contract.methods[_text(client_call_details.method)]
        with calling(method):
            return self._call(method, continuation, client_call_details, request)

    def call_each(
        self, method: Method, asked: Sequence[tuple[message.Message, context.Call]]
    ) -> list[message.Message | DomainError | None]:
        """Makes calls of a `coalesced` RPC together, as `ThreadCoalescer.call_each`."""
        answered_by = response_class(method.path, asked[0][0].DESCRIPTOR)
        with calling(method):
            return self._coalescers[method.path].call_each(asked, answered_by)

    def _call(
        self,
        method: Method,
        continuation: Callable[[Any, Any], grpc.Call],
        client_call_details: grpc.ClientCallDetails,
        request: message.Message,
    ) -> Any:
        call = context.current()
        timeout_s = call_metadata.timeout_s(call, method, client_call_details.timeout)
        request = with_request_id(method, request)

        def alone(left_s: float) -> Any:
            details = _Details(
                method=client_call_details.method,
                timeout=left_s,
                metadata=call_metadata.metadata(call, self._tokens, self._service),
                credentials=client_call_details.credentials,
                wait_for_ready=None,
                compression=None,
            )
            response = continuation(details, request)
            error = cast("grpc.Future[Any]", response).exception()
            if isinstance(error, grpc.RpcError):
                raise remote_error(error, self._service)
            return response

        coalescer = self._coalescers.get(method.path)
        if coalescer is None:
            return alone(timeout_s)
        answered_by = response_class(method.path, request.DESCRIPTOR)
        response = coalescer.call(
            request, timeout_s, answered_by, lambda left_s: alone(left_s).result()
        )
        return _Answer(response)

    def _send(self, batch: batch_pb2.CallRequest, timeout_s: float, sent: Sent) -> None:
        # In a context of its own, as it is part of no single call.
        Context().run(self._send_here, batch, timeout_s, sent)

    def _send_here(self, batch: batch_pb2.CallRequest, timeout_s: float, sent: Sent) -> None:
        span = envelope.span(batch)
        span.begin()
        span.make_current()
        metadata = call_metadata.metadata(None, self._tokens, self._service)
        invoked = self._send_batch.future(batch, timeout=timeout_s, metadata=metadata)

        def done(_: Any) -> None:
            error = invoked.exception()
            if isinstance(error, grpc.RpcError):
                span.fail(str(invoked.code().name))
                sent(None, remote_error(error, self._service))
            else:
                sent(invoked.result(), None)
            span.end()

        invoked.add_done_callback(done)


class _Answer:
    """What an interceptor returns of a call that it did not make itself."""

    def __init__(self, response: message.Message) -> None:
        self._response = response

    def result(self) -> message.Message:
        return self._response


def _text(method: str | bytes) -> str:
    return method.decode() if isinstance(method, bytes) else method


def with_request_id(method: Method, request: message.Message) -> message.Message:
    """Returns the request with an empty `request_id` filled, so that a retry repeats no effect."""
    if not method.generates_request_id or request.request_id:  # type: ignore[attr-defined]
        return request
    filled = type(request)()
    filled.CopyFrom(request)
    filled.request_id = str(uuid.uuid4())  # type: ignore[attr-defined]  # the contract has it
    return filled


def remote_error(error: Any, service: str) -> DomainError:
    """Returns the typed error of a failed call; `error` is grpc's or grpc.aio's RpcError.

    Without status details gRPC itself failed: the service is unavailable, was stopped while it
    served the call (CANCELLED; a call that this side cancels ends otherwise), or time ran out.
    What else gRPC says, such as a method that is not found, is logged: no servicer logs it.
    """
    status = rpc_status.from_call(error)
    if status is not None and status.details:
        return RemoteError(status)
    match error.code():
        case grpc.StatusCode.UNAVAILABLE | grpc.StatusCode.CANCELLED:
            return Unavailable(f"{readable(service)} unavailable", service=service)
        case grpc.StatusCode.DEADLINE_EXCEEDED:
            return DeadlineExceeded(f"{readable(service)} did not answer in time", service=service)
        case code:
            log.warning("grpc_failed", service=service, code=code.name, detail=error.details())
            return RemoteError.of(code_pb2.Code.Value(code.name), error.details() or code.name)


def readable(service: str) -> str:
    """Returns a service's name for people: `Order service` for `order_service`."""
    return service.replace("_", " ").capitalize()
