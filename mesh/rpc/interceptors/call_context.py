"""Opens the call's context: request id, deadline and trace."""

import re
import time
from collections.abc import Mapping

import grpc

from mesh.context import Call, new_request_id
from mesh.contract.model import Method
from mesh.rpc import metadata as call_metadata

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


def opened(method: Method, metadata: Mapping[str, str], left_s: float) -> Call:
    """Returns the call that logs, errors and spans refer to. It can't fail."""
    return Call(
        method=method.path,
        request_id=_request_id(metadata.get(call_metadata.REQUEST_ID, "")),
        deadline=time.monotonic() + left_s,
        traceparent=metadata.get(call_metadata.TRACEPARENT, ""),
        access=method.access,
    )


def metadata_of(context: grpc.ServicerContext) -> dict[str, str]:
    return {key: value for key, value in context.invocation_metadata() if isinstance(value, str)}


def _request_id(received: str) -> str:
    return received if _REQUEST_ID.fullmatch(received) else new_request_id()
