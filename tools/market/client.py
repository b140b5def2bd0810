"""Calls the services as the contract says: deadline, retries, and the token where one is due."""

import json
import time
import uuid
from collections.abc import Callable
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

import click
import grpc
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.descriptor_pb2 import MethodOptions

from market.options.v1 import options_pb2
from market.user.v1 import session_pb2, session_pb2_grpc
from tools.market.options import Options, options
from tools.market.sessions import Session, Sessions

StubT = TypeVar("StubT")

SESSIONS = session_pb2.DESCRIPTOR.services_by_name["SessionService"]
RETRY_POLICY = {
    "maxAttempts": 4,
    "initialBackoff": "0.1s",
    "maxBackoff": "1s",
    "backoffMultiplier": 2,
    "retryableStatusCodes": ["UNAVAILABLE"],
}


class Details(NamedTuple):
    """What grpc wants to know of a call; its own class has no constructor."""

    method: str
    timeout: float | None
    metadata: Any
    credentials: Any
    wait_for_ready: bool | None
    compression: Any


class ByContract(
    grpc.UnaryUnaryClientInterceptor,  # type: ignore[type-arg]  # at run time it takes none
    grpc.UnaryStreamClientInterceptor,  # type: ignore[type-arg]  # the same
):
    """Gives each call the deadline of its RPC, and the token where not anyone may call."""

    def __init__(self, service: ServiceDescriptor, token: Callable[[], str]) -> None:
        self._methods = service.methods_by_name
        self._token = token

    def intercept_unary_unary(self, continuation: Any, details: Any, request: Any) -> Any:
        method = self._methods[details.method.rpartition("/")[2]]
        contract: Any = method.GetOptions().Extensions
        sent = [("x-request-id", str(uuid.uuid4()))]
        if not contract[options_pb2.access].anyone:
            sent.append(("authorization", f"Bearer {self._token()}"))
        timeout_s = contract[options_pb2.deadline_ms] / 1000
        return continuation(Details(details.method, timeout_s, sent, None, None, None), request)

    def intercept_unary_stream(self, continuation: Any, details: Any, request: Any) -> Any:
        return self.intercept_unary_unary(continuation, details, request)


class Client:
    """The services, called in the name of who is signed in."""

    def __init__(self, told: Options) -> None:
        self.told = told
        self.sessions = Sessions(told.addresses["user_service"])

    def stub(self, kind: Callable[[Any], StubT], service: ServiceDescriptor) -> StubT:
        """Returns a service's stub on a channel of its own."""
        contract: Any = service.GetOptions().Extensions
        name: str = contract[options_pb2.served_by]
        target, more = self.told.addresses[name], [("grpc.service_config", _config(service))]
        if not self.told.tls:
            channel = grpc.insecure_channel(target, more)
        else:
            if self.told.server_name:
                shown = self.told.server_name.replace("{service}", name.removesuffix("_service"))
                more.append(("grpc.ssl_target_name_override", shown))
            channel = grpc.secure_channel(target, self._credentials, more)
        return kind(grpc.intercept_channel(channel, ByContract(service, self._token)))

    @cached_property
    def auth(self) -> session_pb2_grpc.SessionServiceStub:
        return self.stub(session_pb2_grpc.SessionServiceStub, SESSIONS)

    @cached_property
    def _credentials(self) -> grpc.ChannelCredentials:
        files = (self.told.ca_file, self.told.key_file, self.told.cert_file)
        return grpc.ssl_channel_credentials(
            *(file.read_bytes() if file else None for file in files)
        )

    def keep(self, username: str, tokens: Any) -> Session:
        """Keeps the tokens of a sign-in or a renewal."""
        ends = time.time() + tokens.expires_in
        session = Session(username, tokens.access_token, tokens.refresh_token, ends)
        self.sessions.keep(session)
        return session

    def _token(self) -> str:
        """Returns an access token that will last, renewed if need be; empty when signed out."""
        session = self.sessions.read()
        if session is not None and not session.is_fresh:
            session = self._renewed()
        return session.access_token if session else ""

    def _renewed(self) -> Session | None:
        with self.sessions.locked():
            session = self.sessions.read()
            if session is None or session.is_fresh:  # another process was here
                return session
            request = session_pb2.RefreshTokenRequest(refresh_token=session.refresh_token)
            return self.keep(session.username, self.auth.RefreshToken(request))


def client() -> Client:
    """Returns the client of the command that runs."""
    return Client(options(click.get_current_context()))


def _config(service: ServiceDescriptor) -> str:
    """Returns gRPC's service config, by which RPCs are retried that a repeat changes nothing of."""
    retried = [
        {"service": service.full_name, "method": method.name}
        for method in service.methods
        if _is_idempotent(method)
    ]
    return json.dumps({"methodConfig": [{"name": retried, "retryPolicy": RETRY_POLICY}]})


def _is_idempotent(method: MethodDescriptor) -> bool:
    return method.GetOptions().idempotency_level != MethodOptions.IDEMPOTENCY_UNKNOWN
