"""Opens the call's context: request id, deadline and trace."""

import re
import time

import grpc

from mesh.context import Call, new_request_id
from mesh.contract.model import Method

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


def opened(method: Method, request_id: str, traceparent: str, left_s: float) -> Call:
    """Returns the call that logs, errors and spans refer to. It can't fail."""
    return Call(
        method=method.path,
        request_id=request_id if _REQUEST_ID.fullmatch(request_id) else new_request_id(),
        deadline=time.monotonic() + left_s,
        traceparent=traceparent,
        access=method.access,
    )


def metadata_of(context: grpc.ServicerContext) -> dict[str, str]:
    return {key: value for key, value in context.invocation_metadata() if isinstance(value, str)}
