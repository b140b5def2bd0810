"""Typed errors that cross an RPC intact.

A service raises a `DomainError`; on the wire it is a `google.rpc.Status` with
`ErrorInfo` (and `BadRequest`, `RetryInfo` where they apply); the caller gets it back
as a `RemoteError` with the same code, reason and metadata, and the edge makes a
problem document of it. `detail` is for people and carries no personal data; programs
read `reason`. Source: AIP-193; letsencrypt/boulder `errors/errors.go`.
"""

import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypeVar, cast

from google.protobuf import duration_pb2, message
from google.rpc import code_pb2, error_details_pb2, status_pb2

DetailT = TypeVar("DetailT", bound=message.Message)

KIT_DOMAIN = "market.options.v1"
# A status is metadata, and beyond 8 KiB of that gRPC may cut off the call. A character is
# four bytes at most, and twelve more in the header that repeats the message.
MOST_CHARS, MOST_VIOLATIONS_BYTES = 240, 2048


@dataclass(frozen=True, slots=True)
class FieldViolation:
    """What is wrong with one field; `field` is its path, such as `items[0].quantity`."""

    field: str
    description: str
    reason: str = ""


class DomainError(Exception):
    """An error that the caller may see. `retry_after_s` is when a retry may help."""

    code: "code_pb2.Code.ValueType" = code_pb2.UNKNOWN
    reason: str = "INTERNAL"
    domain: str = KIT_DOMAIN
    retry_after_s: float | None = None

    def __init__(
        self,
        detail: str,
        *,
        violations: Sequence[FieldViolation] = (),
        retry_after_s: float | None = None,
        **metadata: object,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.violations = tuple(violations)
        if retry_after_s is not None:
            self.retry_after_s = retry_after_s
        self.metadata: Mapping[str, str] = {name: str(value) for name, value in metadata.items()}


class InvalidArgument(DomainError):
    code = code_pb2.INVALID_ARGUMENT
    reason = "REQUEST_INVALID"


class NotFound(DomainError):
    code = code_pb2.NOT_FOUND
    reason = "NOT_FOUND"


class AlreadyExists(DomainError):
    code = code_pb2.ALREADY_EXISTS


class FailedPrecondition(DomainError):
    code = code_pb2.FAILED_PRECONDITION


class Aborted(DomainError):
    code = code_pb2.ABORTED


class Unauthenticated(DomainError):
    code = code_pb2.UNAUTHENTICATED
    reason = "TOKEN_INVALID"


class PermissionDenied(DomainError):
    code = code_pb2.PERMISSION_DENIED
    reason = "NOT_ADMITTED"


class ResourceExhausted(DomainError):
    code = code_pb2.RESOURCE_EXHAUSTED


class Unavailable(DomainError):
    """The service is down for now; a retry is safe and may help."""

    code = code_pb2.UNAVAILABLE
    reason = "SERVICE_UNAVAILABLE"
    retry_after_s = 1.0


class DeadlineExceeded(DomainError):
    code = code_pb2.DEADLINE_EXCEEDED
    reason = "DEADLINE_EXCEEDED"


class Internal(DomainError):
    code = code_pb2.INTERNAL


class RemoteError(DomainError):
    """An error that another service returned, with its code, reason and metadata."""

    def __init__(self, status: status_pb2.Status) -> None:
        info = _detail(status, error_details_pb2.ErrorInfo())
        bad_request = _detail(status, error_details_pb2.BadRequest())
        retry = _detail(status, error_details_pb2.RetryInfo())
        delayed = retry.HasField("retry_delay")
        super().__init__(
            status.message,
            violations=[
                FieldViolation(v.field, v.description, v.reason)
                for v in bad_request.field_violations
            ],
            retry_after_s=retry.retry_delay.ToTimedelta().total_seconds() if delayed else None,
        )
        self.code = cast("code_pb2.Code.ValueType", status.code)
        self.reason = info.reason or code_pb2.Code.Name(status.code)
        self.domain = info.domain or KIT_DOMAIN
        self.metadata = dict(info.metadata)

    @classmethod
    def of(cls, code: "code_pb2.Code.ValueType", detail: str) -> Self:
        """Returns the error of a status without details, such as gRPC's own errors."""
        return cls(status_pb2.Status(code=code, message=detail))


def to_status(error: DomainError) -> status_pb2.Status:
    """Returns the wire form of an error; long texts and many violations are cut short."""
    status = status_pb2.Status(code=error.code, message=error.detail[:MOST_CHARS])
    info = error_details_pb2.ErrorInfo(
        reason=error.reason, domain=error.domain, metadata=error.metadata
    )
    status.details.add().Pack(info)
    if error.violations:
        status.details.add().Pack(_bad_request(error.violations))
    if error.retry_after_s is not None:
        delay = duration_pb2.Duration()
        delay.FromMilliseconds(round(error.retry_after_s * 1000))
        status.details.add().Pack(error_details_pb2.RetryInfo(retry_delay=delay))
    return status


def _bad_request(violations: Sequence[FieldViolation]) -> error_details_pb2.BadRequest:
    """Returns as many violations as MOST_VIOLATIONS_BYTES hold, the first ones."""
    bad_request = error_details_pb2.BadRequest()
    for violation in violations:
        bad_request.field_violations.add(
            field=violation.field[:MOST_CHARS],
            description=violation.description[:MOST_CHARS],
            reason=violation.reason,
        )
        if bad_request.ByteSize() > MOST_VIOLATIONS_BYTES:
            del bad_request.field_violations[-1]
            break
    return bad_request


def _detail(status: status_pb2.Status, empty: DetailT) -> DetailT:
    """Returns the detail of that kind; without one, `empty` as it is."""
    for detail in status.details:
        if detail.Unpack(empty):
            break
    return empty


class StartRefused(Exception):
    """The configuration is wrong; the text names the fault and its remedy."""


def described(error: Exception) -> str:
    """Returns which error it is and where it was raised, without its text.

    The text may hold personal data, which no log is to hold.
    """
    reason = f"/{error.reason}" if isinstance(error, DomainError) else ""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    name = f"{type(error).__module__}.{type(error).__qualname__}{reason}"
    return f"{name} at {Path(frame.filename).name}:{frame.lineno}"
