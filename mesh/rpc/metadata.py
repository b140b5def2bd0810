"""What goes with every call between services: identity, request id, trace, deadline.

Pure functions, shared by the blocking channel of services and the asyncio channel of
the edge.
"""

from mesh.auth.tokens import ServiceTokens
from mesh.context import Call
from mesh.contract.model import Method
from mesh.core.errors import DeadlineExceeded
from mesh.telemetry import tracing

SERVICE_IDENTITY = "x-mesh-identity"
AUTHORIZATION = "authorization"
REQUEST_ID = "x-request-id"
TRACEPARENT = "traceparent"
# Comes back with an answer that an earlier request got already.
REPLAYED = "x-mesh-replayed"
CLIENT_ADDRESS = "x-client-address"
# The only one that sees clients, and so is believed where they call from.
EDGE = "edge_api"
MIN_BUDGET_S = 0.01

Metadata = tuple[tuple[str, str], ...]


def metadata(call: Call | None, tokens: ServiceTokens | None, service: str) -> Metadata:
    """Who we are, unless TLS says so, and what the call being served brought along.

    The user's token travels on as it came: each service verifies it again, and nobody
    believes a bare user id.
    """
    sent = [(SERVICE_IDENTITY, tokens.make(service))] if tokens is not None else []
    if call is not None:
        sent.append((REQUEST_ID, call.request_id))
        if call.user_token:
            sent.append((AUTHORIZATION, f"Bearer {call.user_token}"))
        if call.client_address:
            sent.append((CLIENT_ADDRESS, call.client_address))
    if traceparent := tracing.traceparent():
        sent.append((TRACEPARENT, traceparent))
    return tuple(sent)


def timeout_s(call: Call | None, method: Method, asked_s: float | None = None) -> float:
    """How long this onward call may take, in seconds.

    The least of what the contract allows, what is left of the call being served, and
    `asked_s`. Raises DeadlineExceeded when nothing is left.
    """
    timeout = min(method.deadline_s, asked_s if asked_s is not None else method.deadline_s)
    if call is not None:
        timeout = min(timeout, call.budget_s())
    if timeout < MIN_BUDGET_S:
        raise DeadlineExceeded(f"no time is left to call {method.name}")
    return timeout
