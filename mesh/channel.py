"""Channels to other services: one a target and process, opened on first use.

Retries, balancing and health checks are gRPC's own, configured from the contract: what
it marks idempotent is retried, nothing else. Figures: docs/decisions/0003-channels.md.
"""

import json
from functools import cache
from typing import Any, TypeVar

import grpc

from mesh import env
from mesh.contract import Contract, market_contract
from mesh.interceptors.client import ClientInterceptor
from mesh.keys import Jwks, jwks_method, jwks_of

RETRY_POLICY = {
    "maxAttempts": 4,
    "initialBackoff": "0.05s",  # 1 ms made grpcio hang
    "maxBackoff": "0.5s",
    "backoffMultiplier": 2,
    "retryableStatusCodes": ["UNAVAILABLE"],
}
MAX_MESSAGE_BYTES = 4 * 1024 * 1024

StubT = TypeVar("StubT")


def service_config(service: str, contract: Contract) -> str:
    """gRPC's service config for calls to one service, as JSON.

    Source: grpc/doc/service_config.md, gRFC A6 (retries), A17 (client-side health).
    """
    retried = [method for method in contract.served_by(service) if method.retryable]
    config: dict[str, Any] = {
        "loadBalancingConfig": [{"round_robin": {}}],
        "healthCheckConfig": {"serviceName": ""},
        "retryThrottling": {"maxTokens": 20, "tokenRatio": 0.1},
        "methodConfig": [
            {
                "name": [{"service": m.service_name, "method": m.name} for m in retried],
                "retryPolicy": RETRY_POLICY,
            }
        ]
        if retried
        else [],
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
        ("grpc.min_reconnect_backoff_ms", 100),
        ("grpc.max_reconnect_backoff_ms", 1_000),
        ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ]


@cache
def channel(service: str) -> grpc.Channel:
    """The process's channel to a service. Raises SettingError without its target."""
    contract = market_contract()
    opened = grpc.insecure_channel(env.target(service), channel_options(service, contract))
    return grpc.intercept_channel(opened, ClientInterceptor(service, contract))


@cache
def stub(stub_class: type[StubT], service: str) -> StubT:
    """A stub on that channel, made once."""
    return stub_class(channel(service))  # type: ignore[call-arg]  # generated: takes a channel


def forget_channels() -> None:
    """Open channels anew on next use, as after a change of targets in a test."""
    stub.cache_clear()
    channel.cache_clear()


def published_keys() -> Jwks:
    """The keys of access tokens, asked of whoever the contract says publishes them."""
    method = jwks_method(market_contract())
    call = channel(method.served_by).unary_unary(
        method.path,
        request_serializer=method.request_class.SerializeToString,
        response_deserializer=method.response_class.FromString,
    )
    return jwks_of(call(method.request_class()))
