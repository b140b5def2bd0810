"""Metadata and timeout of calls between services: identity, request id, trace, deadline.

Pure functions, shared by the blocking channel of services and the asyncio channel of
the edge.
"""

import math

from mesh.auth.tokens import ServiceTokens
from mesh.context import Call
from mesh.contract.model import Method
from mesh.core.errors import DeadlineExceeded
from mesh.telemetry import tracing

SERVICE_IDENTITY = "x-mesh-identity"
AUTHORIZATION = "authorization"
REQUEST_ID = "x-request-id"
TRACEPARENT = "traceparent"
# A trailer of a response that is that of an earlier request.
REPLAYED = "x-mesh-replayed"
CLIENT_ADDRESS = "x-client-address"
# How old a response its caller takes, in milliseconds; a trailer of the other name says how old
# the response is, which without it is of now.
MAX_AGE_MS, AGE_MS = "x-mesh-max-age-ms", "x-mesh-age-ms"
# The only service that sees clients, so that only its CLIENT_ADDRESS is believed.
EDGE = "edge_api"
MIN_BUDGET_S = 0.01

Metadata = tuple[tuple[str, str], ...]


def metadata(call: Call | None, tokens: ServiceTokens | None, service: str) -> Metadata:
    """Returns this service's identity, if by token, and what the call being served brought.

    The user's token is passed on unchanged: each service verifies it again, and none believes
    a bare user id.
    """
    sent = [(SERVICE_IDENTITY, tokens.make(service))] if tokens is not None else []
    if call is not None:
        sent.append((REQUEST_ID, call.request_id))
        if call.user_token:
            sent.append((AUTHORIZATION, f"Bearer {call.user_token}"))
        if call.client_address:
            sent.append((CLIENT_ADDRESS, call.client_address))
        if call.max_age_s:
            sent.append((MAX_AGE_MS, str(int(call.max_age_s * 1000))))
    if traceparent := tracing.traceparent():
        sent.append((TRACEPARENT, traceparent))
    return tuple(sent)


def age_ms(age_s: float) -> int:
    """Returns it rounded up, so that no response seems newer than it is."""
    return math.ceil(age_s * 1000)


def timeout_s(call: Call | None, method: Method, asked_s: float | None = None) -> float:
    """Returns how long this onward call may take, in seconds.

    It is the least of what the contract allows, what is left of the call being served, and
    `asked_s`. Raises DeadlineExceeded when nothing is left.
    """
    timeout = min(method.deadline_s, asked_s if asked_s is not None else method.deadline_s)
    if call is not None:
        timeout = min(timeout, call.budget_s())
    if timeout < MIN_BUDGET_S:
        raise DeadlineExceeded(f"no time is left to call {method.name}")
    return timeout
