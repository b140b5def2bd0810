"""The toy contract, compiled when the tests start, and a service class for it."""

import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import grpc
from buf.validate import validate_pb2  # noqa: F401  # the toy imports it, so it must be loaded
from django_grpc_framework.services import Service
from google.protobuf import descriptor_pb2, descriptor_pool, message, message_factory

from mesh import context
from mesh.auth.revocations import ListRevoked
from mesh.contract.compile import compile_protos
from mesh.core.errors import FailedPrecondition
from tools.protos import ROOT

NAME = "toy.v1.ToyService"
_folder = Path(tempfile.mkdtemp(prefix="toy-contract-"))
DESCRIPTORS = _folder / "toy.binpb"


def _compile() -> None:
    sources = _folder / "protos"
    (sources / "toy").mkdir(parents=True)
    (sources / "toy/toy.proto").write_text(Path(__file__).with_name("toy.proto").read_text())
    options = Path("market/options/v1/options.proto")
    (sources / options.parent).mkdir(parents=True)
    (sources / options).write_text((ROOT / "protos" / options).read_text())
    compile_protos(sources, descriptors=DESCRIPTORS)
    files = descriptor_pb2.FileDescriptorSet.FromString(DESCRIPTORS.read_bytes()).file
    descriptor_pool.Default().Add(files[-1])


_compile()


def message_class(name: str) -> Any:
    pool = descriptor_pool.Default()
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"toy.v1.{name}"))


SayRequest = message_class("SayRequest")
SayResponse = message_class("SayResponse")
RepeatRequest = message_class("RepeatRequest")
MineRequest = message_class("MineRequest")
ListRevokedTokensResponse = message_class("ListRevokedTokensResponse")
KeysResponse = message_class("KeysResponse")
WatchRequest = message_class("WatchRequest")
WatchResponse = message_class("WatchResponse")


class OutOfToys(FailedPrecondition):
    reason = "OUT_OF_TOYS"
    domain = "toy.v1"


class Toy(Service):  # type: ignore[misc]  # ships no types
    """Echoes requests and records them; some words make it misbehave."""

    calls: list[message.Message] = []
    release = threading.Event()
    jwks: Callable[[], Any]
    revoked: ListRevoked

    def Say(self, request: Any, context: grpc.ServicerContext) -> Any:
        self.calls.append(request)
        return SayResponse(said=WORDS.get(request.what, _echo)(request.what))

    Write = Inside = Repeat = Old = Gone = Say

    def Mine(self, request: Any, context: grpc.ServicerContext) -> Any:
        return SayResponse(said=request.user_id)

    def ListRevokedTokens(self, request: Any, context: grpc.ServicerContext) -> Any:
        page = Toy.revoked(request.sync_token)
        revoked = [asdict(one) for one in page.revoked]
        return ListRevokedTokensResponse(
            revoked_tokens=revoked, sync_token=page.sync_token, more=page.more
        )

    def Keys(self, request: Any, context: grpc.ServicerContext) -> Any:
        return KeysResponse(**Toy.jwks())


def _echo(what: str) -> str:
    return what


def _fail(_: str) -> str:
    raise RuntimeError("the secret is 42")


def _domain_error(_: str) -> str:
    raise OutOfToys("no toys are left", retry_after_s=2.5, shelf="top")


def _slow(what: str) -> str:
    time.sleep(0.3)
    return what


def _held(what: str) -> str:
    Toy.release.wait(30)
    return what


WORDS: dict[str, Callable[[str], str]] = {
    "fail": _fail,
    "domain": _domain_error,
    "slow": _slow,
    "held": _held,
    "who": lambda _: str(context.caller()),
    "request id": lambda _: context.current_request_id(),
    "budget": lambda _: str(context.serving_now().budget_s()),
}
