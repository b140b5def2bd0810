"""Ids that come with a request: `X-Request-Id`, `Idempotency-Key`, `traceparent`."""

import re
import uuid
from collections.abc import Mapping

from google.protobuf.message import Message

from edge_api.errors import HeaderInvalid
from mesh.context import Call, new_request_id
from mesh.contract import Method

IDEMPOTENCY_KEY = "HTTP_IDEMPOTENCY_KEY"
_NAMESPACE = uuid.UUID("5f2c1c8e-6a53-4a0e-9f0e-6d61726b6574")
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_TRACEPARENT = re.compile(rb"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


def request_id(received: bytes) -> str:
    """The client's own id where it is sane, else a new one."""
    return received.decode() if _REQUEST_ID.fullmatch(received) else new_request_id()


def traceparent(received: bytes) -> str:
    """The client's trace context where it is well-formed (W3C Trace Context), else none."""
    return received.decode() if _TRACEPARENT.fullmatch(received) else ""


def fill_request_id(
    method: Method, request: Message, headers: Mapping[str, str], call: Call
) -> None:
    """Name the request (AIP-155), so that a retry of it repeats nothing.

    With an `Idempotency-Key` the id follows from caller, RPC and key: the same key makes
    the same request whichever edge it comes through. Without one, only the edge's own
    retries are the same. Raises HeaderInvalid.
    """
    if not method.request_id_field:
        return
    key = headers.get(IDEMPOTENCY_KEY)
    given = getattr(request, method.request_id_field)
    if key is None:
        if not given and method.generates_request_id:
            setattr(request, method.request_id_field, str(uuid.uuid4()))
        return
    if not _KEY.fullmatch(key):
        raise HeaderInvalid("Idempotency-Key must be 1 to 255 visible ASCII characters")
    if given:
        raise HeaderInvalid("give either Idempotency-Key or request_id, not both")
    name = f"{call.caller.subject}\n{method.path}\n{key}"
    setattr(request, method.request_id_field, str(uuid.uuid5(_NAMESPACE, name)))
