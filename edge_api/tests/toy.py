"""A toy service of a toy contract, compiled and served while the tests run."""

import shutil
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
from google.rpc import code_pb2
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_status import rpc_status

from mesh.auth.access import Caller
from mesh.auth.jwks import JwksCache
from mesh.auth.tokens import ServiceTokens
from mesh.context import serving_now
from mesh.contract.compile import compile_protos
from mesh.contract.model import Contract, Method
from mesh.core.errors import DomainError, FieldViolation, to_status
from mesh.rpc.interceptors.admission import admission
from mesh.rpc.interceptors.authentication import known_by_token
from mesh.rpc.interceptors.chain import compose
from mesh.rpc.interceptors.observation import observed
from mesh.rpc.metadata import AGE_MS, MAX_AGE_MS, REPLAYED
from mesh.rpc.streaming.subscription import WAITING
from mesh.rpc.trailers import add_trailers
from mesh.testing.keys import TestKeys
from tools.protos import ROOT

SECRET = "only for tests of the edge, and for nothing else: 0123456789"
HERE = Path(__file__).parent
OPTIONS = "market/options/v1/options.proto"


def compile_toy(folder: Path) -> Path:
    """Compiles `toy.proto` to a descriptor set, as `make gen` does the market's."""
    protos = folder / "protos"
    (protos / OPTIONS).parent.mkdir(parents=True)
    shutil.copy(ROOT / "protos" / OPTIONS, protos / OPTIONS)
    shutil.copy(HERE / "toy.proto", protos / "toy.proto")
    compile_protos(protos, descriptors=folder / "toy.binpb")
    return folder / "toy.binpb"


class Toy:
    """Serves every RPC of the contract; `seen` holds the requests received."""

    def __init__(self, contract: Contract, keys: TestKeys) -> None:
        self.contract = contract
        self.keys = keys
        self.notes: dict[str, Any] = {}
        self.seen: list[Any] = []
        self.request_ids: list[str] = []
        self.traceparents: list[str] = []
        self.callers: list[Caller] = []
        self.let_go = threading.Event()
        self.revoked: dict[str, int] = {}
        self.max_ages_ms: list[int] = []
        self.age_ms = 0

    def handle(self, method: Method, request: Any) -> Any:
        self.seen.append(request)
        self.request_ids.append(serving_now().request_id)
        self.traceparents.append(serving_now().traceparent)
        self.callers.append(serving_now().caller)
        response = method.response_class()
        answer: Callable[[Any, Any], None] = getattr(self, f"_{method.name.lower()}")
        if method.name == "Echo":
            return request
        answer(request, response)
        return response

    def _createnote(self, request: Any, response: Any) -> None:
        note = response.note
        note.CopyFrom(request.note)
        note.id, note.etag, note.request_id = uuid.uuid4().hex, "1", request.request_id
        note.create_time.FromSeconds(1_700_000_000)
        self.notes[note.id] = note

    def _getnote(self, request: Any, response: Any) -> None:
        response.note.CopyFrom(self._note(request.note_id))

    _getoldnote = _getflyer = _getnote

    def _getposter(self, request: Any, response: Any) -> None:
        if request.note_id == "slow":
            time.sleep(0.3)
        self._getnote(request, response)

    def _listnotes(self, request: Any, response: Any) -> None:
        response.notes.extend(self.notes.values())

    _listposters = _listnotes

    def _updatenote(self, request: Any, response: Any) -> None:
        note = self._note(request.note.id)
        if request.note.etag not in ("", note.etag):
            raise failure("ABORTED", "ETAG_MISMATCH")
        request.update_mask.MergeMessage(request.note, note, replace_repeated_field=True)
        note.etag = str(int(note.etag) + 1)
        response.note.CopyFrom(note)

    def _deletenote(self, request: Any, response: Any) -> None:
        del self.notes[self._note(request.note_id).id]

    def _fail(self, request: Any, response: Any) -> None:
        match request.how:
            case "crash":
                raise RuntimeError("the password is hunter2")
            case "slow":
                time.sleep(0.8)
        raise failure(request.code, request.reason)

    def _turn(self, request: Any, response: Any) -> None:
        response.content.content_type = request.content.content_type
        response.content.data = request.content.data[::-1]

    def _pay(self, request: Any, response: Any) -> None:
        response.amount = request.amount

    def _hidden(self, request: Any, response: Any) -> None:
        response.failed = False

    _echo = _hidden

    def _getjwks(self, request: Any, response: Any) -> None:
        for key in self.keys.jwks()["keys"]:
            response.keys.add(**key)

    def list_revoked(self, method: Method) -> Any:
        """Not `seen`, as the edge calls it each second."""
        revoked = [{"user_id": who, "token_version": n} for who, n in self.revoked.items()]
        return method.response_class(revoked_tokens=revoked, sync_token="next")

    def _note(self, note_id: str) -> Any:
        if note_id not in self.notes:
            raise failure("NOT_FOUND", "NOTE_NOT_FOUND")
        return self.notes[note_id]


def failure(code: str, reason: str) -> DomainError:
    violations = [FieldViolation("note.title", "is bad", "bad")] if reason == "FIELDS" else []
    error = DomainError("as asked for", violations=violations)
    error.code, error.reason = code_pb2.Code.Value(code), reason
    return error


@contextmanager
def toy_served(toy: Toy, port: int = 0) -> Iterator[int]:
    """Serves the toy on the loopback with the kit's interceptors; yields the port."""
    server = grpc.server(ThreadPoolExecutor(4))
    interceptors = [
        observed,
        admission(JwksCache(toy.keys.jwks), known_by_token(ServiceTokens(SECRET, "toy_service"))),
    ]
    for service in {method.service_name for method in toy.contract}:
        handlers = {
            method.name: _handler_of(method)(
                compose(interceptors, method, _behavior(toy, method)),
                request_deserializer=None,  # `admission` does it
                response_serializer=method.response_class.SerializeToString,
            )
            for method in toy.contract
            if method.service_name == service
        }
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, handlers),))
    health_servicer = health.HealthServicer()
    health_servicer.set("", health_pb2.HealthCheckResponse.SERVING)
    health_pb2_grpc.add_HealthServicer_to_server(health_servicer, server)
    bound = server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    try:
        yield bound
    finally:
        server.stop(0).wait()


def _handler_of(method: Method) -> Callable[..., Any]:
    if method.descriptor.server_streaming:
        return grpc.unary_stream_rpc_method_handler
    return grpc.unary_unary_rpc_method_handler


def _behavior(toy: Toy, method: Method) -> Callable[[Any, grpc.ServicerContext], Any]:
    def behavior(request: Any, context: grpc.ServicerContext) -> Any:
        if method.name == "Fail" and request.how == "bare":
            context.abort(grpc.StatusCode[request.code], "inner text")
        if method.name == "ListRevokedTokens":
            return toy.list_revoked(method)
        if method.name == "WatchNote":
            return events(toy, method, request, context)
        if method.name == "Pay" and request in toy.seen:
            add_trailers(context, (REPLAYED, "1"))
        if max_age_ms := dict(context.invocation_metadata()).get(MAX_AGE_MS):
            toy.max_ages_ms.append(int(max_age_ms))
            add_trailers(context, (AGE_MS, str(toy.age_ms)))
        return toy.handle(method, request)

    return behavior


def events(toy: Toy, method: Method, request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
    """Yields three events of the note; of some notes none, or not all."""
    toy.seen.append(request)
    if request.note_id == "missing":
        raise failure("NOT_FOUND", "NOTE_NOT_FOUND")

    def sent() -> Iterator[Any]:
        if request.note_id == "quiet":
            context.send_initial_metadata(((WAITING, "1"),))
            over = threading.Event()
            context.add_callback(over.set)
            over.wait(10)
            toy.let_go.set()
            return
        for seq in range(request.after_event + 1, 4):
            yield method.response_class(event={"seq": seq, "what": f"thing {seq}"})
            if request.note_id == "breaks":
                status = to_status(failure("UNAVAILABLE", "OUT_OF_INK"))
                context.abort_with_status(rpc_status.to_status(status))

    return sent()
