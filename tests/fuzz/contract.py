"""The errors that an RPC may return: those that its comment lists, and the kit's own.

Comments list errors as the house style has them: `Errors: NOT_FOUND/ORDER_NOT_FOUND, …`.
"""

import re

from google.protobuf import descriptor_pb2

from edge_api.openapi.comments import comments_of
from mesh.contract.model import DESCRIPTOR_SET, Method

_ERROR = re.compile(r"\b[A-Z][A-Z_]+/[A-Z][A-Z_]+\b")
_COMMENTS = comments_of(
    descriptor_pb2.FileDescriptorSet.FromString(DESCRIPTOR_SET.read_bytes()).file
)

OF_ANY = frozenset({
    "INVALID_ARGUMENT/REQUEST_INVALID",
    "UNAUTHENTICATED/TOKEN_MISSING",
    "UNAUTHENTICATED/TOKEN_INVALID",
    "PERMISSION_DENIED/NOT_ADMITTED",
    "NOT_FOUND/NOT_FOUND",
    "UNAVAILABLE/SERVICE_UNAVAILABLE",
    "DEADLINE_EXCEEDED/DEADLINE_EXCEEDED",
})  # fmt: skip
OF_NAMED_REQUESTS = frozenset({"ABORTED/REQUEST_IN_PROGRESS", "INVALID_ARGUMENT/REQUEST_ID_REUSED"})


def errors_of(method: Method) -> frozenset[str]:
    """Returns the errors of an RPC as `CODE/REASON`."""
    listed = frozenset(_ERROR.findall(_COMMENTS.get(method.descriptor.full_name, "")))
    return OF_ANY | listed | (OF_NAMED_REQUESTS if method.generates_request_id else frozenset())
