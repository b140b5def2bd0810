"""Channels to other services: one a target and process, opened on first use.

Retries, balancing and health checks are gRPC's own, configured from the contract: only
RPCs that it marks idempotent are retried. Figures: docs/decisions/0003-channels-and-servers.md.
"""

import json
import threading
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

import grpc
from django.conf import settings
from google.protobuf.message import Message

from mesh import context
from mesh.auth import tls
from mesh.auth.jwks import NO_KEYS, Jwks, jwks_method, jwks_of
from mesh.auth.revocations import Page, page_of, revocations_method
from mesh.contract.model import Contract, Method, market_contract
from mesh.core import config as env
from mesh.core.errors import DomainError
from mesh.rpc.batching import envelope
from mesh.rpc.interceptors.client import ClientInterceptor, with_request_id

RETRY_POLICY = {
    "maxAttempts": 4,
    "initialBackoff": "0.05s",  # 1 ms made grpcio hang
    "maxBackoff": "0.5s",
    "backoffMultiplier": 2,
    # grpc's server returns CANCELLED for calls that arrive while it stops; a call that the
    # caller cancels is over and not retried.
    "retryableStatusCodes": ["UNAVAILABLE", "CANCELLED"],
}
# Each attempt that fails takes a token, each call that succeeds brings one, and below half of
# them nothing is retried: retries make up for one failing replica of two, but a service that is
# down is not called four times as often. The ratio needs its decimal point: grpc takes 1 for 0.001.
RETRY_BUDGET = {"maxTokens": 20, "tokenRatio": 1.0}
# A replica that fails nearly every call is ejected for a while, even if its health check passes.
# gRPC counts a refusal (NOT_FOUND) as a failure too, so a healthy replica may be ejected by
# mistake: of fewer than three none is, and of three never two, so that another one can stop.
# Source: gRFC A50.
OUTLIERS = {
    "interval": "2s",
    "baseEjectionTime": "5s",
    "maxEjectionTime": "30s",
    "maxEjectionPercent": 30,
    "failurePercentageEjection": {"threshold": 95, "minimumHosts": 3, "requestVolume": 4},
    "childPolicy": [{"round_robin": {}}],
}
MAX_MESSAGE_BYTES = 4 * 1024 * 1024
CLOSES_AFTER_S = 360.0  # longer than any call or stream

StubT = TypeVar("StubT")


def service_config(service: str, contract: Contract) -> str:
    """Returns gRPC's service config for calls to one service, as JSON.

    Source: grpc/doc/service_config.md, gRFC A6 (retries), A17 (client-side health).
    """
    retried = [method for method in contract.served_by(service) if method.retryable]
    retried.append(envelope.CALL)
    config: dict[str, Any] = {
        "loadBalancingConfig": [{"outlier_detection_experimental": OUTLIERS}],
        "healthCheckConfig": {"serviceName": ""},
        "retryThrottling": RETRY_BUDGET,
        "methodConfig": [
            {
                "name": [{"service": m.service_name, "method": m.name} for m in retried],
                "retryPolicy": RETRY_POLICY,
            }
        ],
    }
    return json.dumps(config)


def channel_options(service: str, contract: Contract) -> list[tuple[str, Any]]:
    return [
        ("grpc.service_config", service_config(service, contract)),
        ("grpc.service_config_disable_resolution", 1),
        ("grpc.keepalive_time_ms", 5_000),
        ("grpc.keepalive_timeout_ms", 1_000),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.max_pings_without_data", 0),
        ("grpc.initial_reconnect_backoff_ms", 100),
        # Nothing of a backoff: so long a connection may take to be made, by a busy server too.
        ("grpc.min_reconnect_backoff_ms", 1_000),
        ("grpc.max_reconnect_backoff_ms", 500),
        # Replicas come and go; by default a name is looked up at most every 30 s.
        ("grpc.dns_min_time_between_resolutions_ms", 1_000),
        ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ]


class Opened(NamedTuple):
    """A channel, and the certificates that it was opened with."""

    pem: tls.Pem | None
    channel: Any
    interceptor: Any = None


_opened: dict[str, Opened] = {}


def channel(service: str) -> grpc.Channel:
    """Returns the process's channel to a service. Raises SettingError without its target.

    It is a new channel once the process's certificate was renewed.
    """
    certificates = settings.MESH_CERTIFICATES
    pem = certificates.current() if certificates is not None else None
    former = opened = _opened.get(service)
    if opened is None or opened.pem is not pem:
        opened = _opened[service] = Opened(pem, *_open(service, pem))
        if former is not None:
            _close_later(former.channel)
    current: grpc.Channel = opened.channel
    return current


def stub(stub_class: type[StubT], service: str) -> StubT:
    """Returns a stub on the channel to a service, made once for each channel."""
    made: StubT = _stub(stub_class, channel(service))  # type: ignore[arg-type]  # classes hash
    return made


@lru_cache(maxsize=64)
def _stub(stub_class: Any, opened: grpc.Channel) -> Any:
    return stub_class(opened)


def call_each(
    full_name: str, asked: Sequence[tuple[Message, context.Call]]
) -> list[Message | DomainError]:
    """Makes several calls of a `coalesced` RPC at once, each in the name of a call being served.

    The RPC is named as in wirings: `market.user.v1.UserService/GetUser`.
    """
    method = market_contract().methods[f"/{full_name}"]
    opened = channel(method.served_by)
    # The same id in a batch and alone, as a call may be made both ways.
    asked = [(with_request_id(method, request), call) for request, call in asked]
    outcomes: list[Message | DomainError | None] = [None] * len(asked)
    if len(asked) > 1:
        outcomes = _opened[method.served_by].interceptor.call_each(method, asked)
    invoke = _unary(opened, method.path)
    return [
        _called(invoke, *each) if outcome is None else outcome
        for each, outcome in zip(asked, outcomes, strict=True)
    ]


@lru_cache(maxsize=64)
def _unary(opened: Any, path: str) -> Any:
    return unary(opened, market_contract().methods[path])


def _called(
    invoke: Callable[[Message], Message], request: Message, call: context.Call
) -> Message | DomainError:
    with context.serving(call):
        try:
            return invoke(request)
        except DomainError as error:
            return error


def _open(service: str, pem: tls.Pem | None) -> tuple[grpc.Channel, ClientInterceptor]:
    contract, target = market_contract(), env.target(service)
    opened = tls.channel(grpc, service, target, pem, channel_options(service, contract))
    interceptor = ClientInterceptor(service, contract, opened)
    return grpc.intercept_channel(opened, interceptor), interceptor


def _close_later(replaced: grpc.Channel) -> None:
    """Closes a replaced channel after the calls that are under way on it."""
    timer = threading.Timer(CLOSES_AFTER_S, replaced.close)
    timer.daemon = True
    timer.start()


def forget_channels() -> None:
    """Makes the next use open new channels, as after a change of targets in a test."""
    _opened.clear()


def published_keys() -> Jwks:
    """Returns the keys of access tokens from the RPC that publishes them."""
    method = jwks_method(market_contract())
    return jwks_of(call(method)) if method else NO_KEYS


def published_revocations(sync_token: str) -> Page:
    """Returns revoked access tokens from the RPC that lists them; none without such an RPC."""
    method = revocations_method(market_contract())
    if method is None:
        return Page([], "")
    return page_of(call(method, sync_token=sync_token))


def call(method: Method, **fields: Any) -> Any:
    """Returns the response of an RPC that is known by the contract only. Raises DomainError."""
    return unary(channel(method.served_by), method)(method.request_class(**fields))


def unary(opened: grpc.Channel, method: Method) -> "grpc.UnaryUnaryMultiCallable[Any, Any]":
    return opened.unary_unary(
        method.path,
        request_serializer=method.request_class.SerializeToString,
        response_deserializer=method.response_class.FromString,
    )
