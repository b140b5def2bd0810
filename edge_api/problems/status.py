"""The HTTP status of each gRPC code."""

from google.rpc import code_pb2

from mesh.core.errors import DomainError

# Source: google/rpc/code.proto, "HTTP Mapping".
STATUS = {
    code_pb2.CANCELLED: 499,
    code_pb2.UNKNOWN: 500,
    code_pb2.INVALID_ARGUMENT: 400,
    code_pb2.DEADLINE_EXCEEDED: 504,
    code_pb2.NOT_FOUND: 404,
    code_pb2.ALREADY_EXISTS: 409,
    code_pb2.PERMISSION_DENIED: 403,
    code_pb2.UNAUTHENTICATED: 401,
    code_pb2.RESOURCE_EXHAUSTED: 429,
    code_pb2.FAILED_PRECONDITION: 400,
    code_pb2.ABORTED: 409,
    code_pb2.OUT_OF_RANGE: 400,
    code_pb2.UNIMPLEMENTED: 501,
    code_pb2.INTERNAL: 500,
    code_pb2.UNAVAILABLE: 503,
    code_pb2.DATA_LOSS: 500,
}
STATUS_BY_REASON = {"REQUEST_ID_REUSED": 422, "REQUEST_IN_PROGRESS": 409, "RPC_SUNSET": 410}


def http_status(error: DomainError, *, conditional: bool = False) -> int:
    """Returns the status; a conflict of a `conditional` request, one with `If-Match`, is 412."""
    if error.reason in STATUS_BY_REASON:
        return STATUS_BY_REASON[error.reason]
    if conditional and error.code == code_pb2.ABORTED:
        return 412
    return STATUS.get(error.code, 500)
