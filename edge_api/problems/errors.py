"""Errors of the edge itself. A class's docstring is published on the API's error page."""

from typing import ClassVar

from google.rpc import code_pb2

from edge_api.codec import DecodeError
from mesh.contract.validation import broken
from mesh.core.errors import DomainError, FieldViolation

DOMAIN = "edge"


class EdgeError(DomainError):
    code = code_pb2.INVALID_ARGUMENT
    domain = DOMAIN
    status: ClassVar[int] = 400


class RouteNotFound(EdgeError):
    """Nothing is at this path."""

    reason = "ROUTE_NOT_FOUND"
    status = 404

    def __init__(self) -> None:
        super().__init__("nothing is at this path")


class MethodNotAllowed(EdgeError):
    """The path does not take this HTTP method; `Allow` lists those that it takes."""

    reason = "METHOD_NOT_ALLOWED"
    status = 405

    def __init__(self, allowed: list[str]) -> None:
        super().__init__(f"this path takes {', '.join(allowed)}")
        self.allowed = allowed


class BodyMalformed(EdgeError):
    """The body is not the JSON that is expected there; `errors` says where."""

    reason = "BODY_MALFORMED"


class BodyTooLarge(EdgeError):
    """The body is larger than this method takes; each has a limit in the API's document."""

    reason = "BODY_TOO_LARGE"
    status = 413


class ParameterInvalid(EdgeError):
    """A parameter of the path or query is unknown, doubled or malformed."""

    reason = "PARAMETER_INVALID"


class HeaderInvalid(EdgeError):
    """A request header is malformed, or means nothing to this method."""

    reason = "HEADER_INVALID"


class IdempotencyKeyRequired(EdgeError):
    """This method needs an `Idempotency-Key` header, which a repeat of the request repeats."""

    reason = "IDEMPOTENCY_KEY_REQUIRED"


class PreconditionFailed(EdgeError):
    """The resource is not in the version that `If-Match` asks for."""

    reason = "PRECONDITION_FAILED"
    status = 412


class HeadersTooLarge(EdgeError):
    """The path and the headers, or what comes with a body beside it, are larger than is taken."""

    reason = "HEADERS_TOO_LARGE"
    status = 431


class RequestTooSlow(EdgeError):
    """The request did not arrive in time."""

    reason = "REQUEST_TOO_SLOW"
    status = 408


class RateLimited(EdgeError):
    """Too many requests from this caller; `Retry-After` says when the next one is allowed."""

    code = code_pb2.RESOURCE_EXHAUSTED
    reason = "RATE_LIMITED"
    status = 429


class RequestMalformed(EdgeError):
    """The request is not well-formed HTTP."""

    reason = "REQUEST_MALFORMED"


def body_malformed(error: DecodeError) -> DomainError:
    return _undecoded(error, BodyMalformed)


def parameter_invalid(error: DecodeError) -> DomainError:
    return _undecoded(error, ParameterInvalid)


def _undecoded(error: DecodeError, kind: type[EdgeError]) -> DomainError:
    """Returns the error of a service where a rule of the contract is broken, else this kind."""
    found = [FieldViolation(error.path, error.detail, error.rule)]
    if error.rule:
        return broken(found)
    if error.path:
        return kind(f"{error.path} {error.detail}", violations=found)
    return kind(error.detail)
