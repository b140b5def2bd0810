"""Ids of a request: `X-Request-Id`, `Idempotency-Key`, `traceparent`."""

import re
import uuid
from collections.abc import Mapping

from google.protobuf.message import Message

from edge_api.problems.errors import HeaderInvalid, IdempotencyKeyRequired
from mesh.context import Call, new_request_id
from mesh.contract.model import Method

IDEMPOTENCY_KEY = "HTTP_IDEMPOTENCY_KEY"
_NAMESPACE = uuid.UUID("5f2c1c8e-6a53-4a0e-9f0e-6d61726b6574")
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_KEY = re.compile(r"[\x20-\x7e]{1,255}")
_TRACEPARENT = re.compile(rb"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


def request_id(received: bytes) -> str:
    """Returns the client's own id where it is well-formed, else a new one."""
    return received.decode() if _REQUEST_ID.fullmatch(received) else new_request_id()


def traceparent(received: bytes) -> str:
    """Returns the client's trace context where it is well-formed (W3C), else an empty text."""
    return received.decode() if _TRACEPARENT.fullmatch(received) else ""


def fill_request_id(
    method: Method, request: Message, headers: Mapping[str, str], call: Call
) -> None:
    """Fills the message's request id (AIP-155), so that a retry repeats nothing.

    With an `Idempotency-Key` the id is derived from caller, RPC and key: the same key makes
    the same request at every edge process. Without one, only the edge's own retries share
    an id. For a message without a request id the key has no effect.
    Raises HeaderInvalid, IdempotencyKeyRequired.
    """
    key = headers.get(IDEMPOTENCY_KEY)
    if key is not None and not _KEY.fullmatch(key):
        raise HeaderInvalid("Idempotency-Key must be 1 to 255 printable ASCII characters")
    field = method.request_id_field
    if not field:
        return
    given = getattr(request, field)
    if key is not None and given:
        raise HeaderInvalid("give either Idempotency-Key or request_id, not both")
    if key is not None:
        name = f"{call.caller.subject}\n{method.path}\n{key}"
        setattr(request, field, str(uuid.uuid5(_NAMESPACE, name)))
    elif not given and method.needs_idempotency_key:
        raise IdempotencyKeyRequired("name this request by an Idempotency-Key header")
    elif not given and method.generates_request_id:
        setattr(request, field, str(uuid.uuid4()))
