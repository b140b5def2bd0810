"""Serves calls that come together, each as if it had come alone.

A call is observed, shed, authenticated, authorized and validated by itself, by the functions
that a call by its own RPC passes too; only the rows are read for all that may see them.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import grpc
from google.protobuf.message import Message
from google.rpc import code_pb2

from market.batch.v1 import batch_pb2
from mesh.auth.access import Caller
from mesh.auth.jwks import JwksCache
from mesh.context import caller, serving_now
from mesh.contract.model import Method
from mesh.core.errors import DomainError, RemoteError, Unavailable, to_status
from mesh.rpc.batching import envelope
from mesh.rpc.batching.calls import Asked, Instead, Read, Write, asked, run
from mesh.rpc.interceptors.admission import Admission
from mesh.rpc.interceptors.call_context import opened
from mesh.rpc.interceptors.chain import Handler
from mesh.rpc.interceptors.database import error_for_caller
from mesh.rpc.interceptors.observation import Observation, Observer, allowed_s
from mesh.rpc.interceptors.shedding import Queue
from mesh.rpc.interceptors.stale_reads import StaleReads
from mesh.rpc.metadata import age_ms
from mesh.rpc.trailers import add_trailers
from mesh.telemetry import tracing
from mesh.telemetry.metrics import RPC_BATCH_CALLS

Outcome = Message | Exception | Instead


class Admitted(NamedTuple):
    """A call that may be served, and its place in the batch."""

    place: int
    observation: Observation
    request: Message
    max_age_s: float = 0.0


# Returns what each call came to, in their order. It may raise what ends all of them.
Serve = Callable[[Sequence[Admitted], grpc.ServicerContext], Sequence[Outcome]]


class Coalesced:
    """One RPC whose calls may come together."""

    def __init__(
        self,
        method: Method,
        serve: Serve,
        stale: StaleReads | None,
        *,
        keys: JwksCache,
    ) -> None:
        self.method = method
        self.observer = Observer(method)
        self.queue = Queue(method)
        self.admit = Admission(method, keys)
        self.serve = serve
        self.stale = stale
        self.calls = RPC_BATCH_CALLS.labels(method.full_name)


class BatchServicer:
    """Serves `BatchService.Call` inside the interceptors that every RPC is served in."""

    def __init__(self, coalesced: Mapping[str, Coalesced]) -> None:
        self._coalesced = coalesced
        self._replica = f"{random.getrandbits(64):016x}"

    def call(self, request: Any, context: grpc.ServicerContext) -> Message:
        """Raises RemoteError for an RPC that is not served so; Unavailable, to be retried."""
        rpc = self._coalesced.get(request.method)
        if rpc is None:
            raise RemoteError.of(code_pb2.UNIMPLEMENTED, "no such RPC is called in batches here")
        rpc.calls.observe(len(request.calls))
        if rpc.admit.deprecated is not None:
            add_trailers(context, *rpc.admit.deprecated.trailers)
        return batch_pb2.CallResponse(
            results=_Batch(rpc, request.calls).results(context), replica=self._replica
        )


class _Batch:
    def __init__(self, rpc: Coalesced, calls: Sequence[batch_pb2.Call]) -> None:
        self._rpc = rpc
        self._results: list[batch_pb2.CallResult | None] = [None] * len(calls)
        self._bytes = 0  # of the responses
        # A user's token on the envelope itself gives its calls nothing.
        peer, links = Caller(service=caller().service), [tracing.traceparent()]
        self._admitted = [
            admitted
            for place, call in enumerate(calls)
            if (admitted := self._admit(place, call, peer, links))
        ]

    def results(self, context: grpc.ServicerContext) -> Sequence[Any]:
        try:
            outcomes, age_s = self._served(context)
        except Exception as error:
            told = error_for_caller(error)
            for each in self._admitted:
                self._end(each, told)
            if isinstance(told, Unavailable):
                raise told from error
        else:
            old_ms = age_ms(age_s) if age_s else 0
            for each, outcome in zip(self._admitted, outcomes, strict=True):
                self._end(each, outcome, old_ms)
        return self._results

    def _served(self, context: grpc.ServicerContext) -> tuple[Sequence[Outcome], float]:
        """Returns the outcomes, and how old they may be, which all callers allow."""
        rpc, admitted = self._rpc, self._admitted
        if rpc.stale is None or not admitted:
            return rpc.serve(admitted, context), 0.0
        return rpc.stale.run(
            min(each.max_age_s for each in admitted),
            lambda: rpc.serve(admitted, context),
            is_whole=lambda outcomes: not any(isinstance(each, Exception) for each in outcomes),
        )

    def _admit(
        self, place: int, sent: batch_pb2.Call, peer: Caller, links: Sequence[str]
    ) -> Admitted | None:
        rpc = self._rpc
        left_s = allowed_s(rpc.method, sent.timeout_ms / 1000)
        call = opened(rpc.method, sent.request_id, sent.traceparent, left_s)
        with rpc.observer.begin(call, links) as observation:
            try:
                rpc.queue.check(call)
                message = rpc.admit(call, peer, sent.user_token, sent.client_address, sent.request)
            except Exception as error:  # noqa: BLE001  # of this call alone
                self._results[place] = _failed(observation.fail(error))
                return None
        return Admitted(place, observation, message, sent.max_age_ms / 1000)

    def _end(self, admitted: Admitted, outcome: Outcome, old_ms: int = 0) -> None:
        with admitted.observation as observation:
            if isinstance(outcome, Exception):
                result = _failed(observation.fail(outcome))
            elif outcome is not Instead.ALONE and self._has_room_for(
                response := outcome.SerializeToString()
            ):
                observation.end("OK", "OK")
                result = batch_pb2.CallResult(
                    response=response, age_ms=old_ms, replayed=observation.call.replayed
                )
            else:
                observation.end("OUT_OF_RANGE", "OUT_OF_RANGE")
                result = _failed(envelope.alone())
            self._results[admitted.place] = result

    def _has_room_for(self, response: bytes) -> bool:
        """Counts the response in if it has room, as the first one always has."""
        has_room = not self._bytes or self._bytes + len(response) <= envelope.MOST_BYTES
        self._bytes += len(response) if has_room else 0
        return has_room


def _failed(error: DomainError) -> batch_pb2.CallResult:
    return batch_pb2.CallResult(error=to_status(error))


def together(function: Read | Write) -> Serve:
    """Serves by one function. Should it break, each call is served by itself, as one may be why."""

    def serve(calls: Sequence[Admitted], _: grpc.ServicerContext) -> Sequence[Outcome]:
        if not calls:
            return []
        wanted = [asked(each.request, each.observation.call) for each in calls]
        try:
            return run(function, wanted)
        except Exception as error:
            if len(calls) == 1 or isinstance(error_for_caller(error), DomainError):
                raise
        return [_by_itself(function, each) for each in wanted]

    return serve


def _by_itself(function: Read | Write, one: Asked) -> Outcome:
    try:
        (outcome,) = run(function, [one])
    except Exception as error:  # noqa: BLE001  # of this call alone
        return error_for_caller(error)
    return outcome


def one_by_one(servicer: Handler) -> Serve:
    """Serves by a servicer's method; it must not end the RPC by its context."""

    def serve(calls: Sequence[Admitted], context: grpc.ServicerContext) -> Sequence[Outcome]:
        return [_served(servicer, each, context) for each in calls]

    return serve


def _served(servicer: Handler, admitted: Admitted, context: grpc.ServicerContext) -> Outcome:
    with admitted.observation:
        try:
            response: Message = servicer(admitted.request, context)
        except Exception as error:  # noqa: BLE001  # of this call alone
            return error_for_caller(error)
    return response


def read_alone(read: Read) -> Handler:
    """Returns the servicer of the RPC itself: the same function, with one call."""

    def handle(request: Message, _: grpc.ServicerContext) -> Message:
        (outcome,) = run(read, [asked(request, serving_now())])
        if isinstance(outcome, DomainError):
            raise outcome
        return outcome

    return handle
