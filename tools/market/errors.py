"""What a service refused or could not do, for a person and for a script."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, cast

import click
import grpc
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

OTHERWISE = 9  # an order ended, and not as it was asked for
EXIT_CODES = {
    "UNAUTHENTICATED": 3,
    "PERMISSION_DENIED": 4,
    "NOT_FOUND": 5,
    "INVALID_ARGUMENT": 6,
    "OUT_OF_RANGE": 6,
    "FAILED_PRECONDITION": 7,
    "ALREADY_EXISTS": 7,
    "ABORTED": 7,
    "UNAVAILABLE": 8,
    "DEADLINE_EXCEEDED": 8,
    "RESOURCE_EXHAUSTED": 8,
}


class Refused(click.ClickException):
    """A service's error, with all that it says.

    `reason` is that of its google.rpc.ErrorInfo; empty when no service of the mesh answered.
    """

    def __init__(self, error: grpc.RpcError, *, as_json: bool) -> None:
        call = cast("grpc.Call", error)
        super().__init__(call.details() or call.code().name)
        self._as_json = as_json
        self.code = call.code().name
        self.exit_code = EXIT_CODES.get(self.code, 1)  # type: ignore[misc]  # click reads it so
        trailers = dict(call.trailing_metadata() or ())
        self.request_id = str(trailers.get("x-request-id", ""))
        status = status_pb2.Status.FromString(trailers.get("grpc-status-details-bin", b""))
        info, bad, retry = (
            error_details_pb2.ErrorInfo(),
            error_details_pb2.BadRequest(),
            error_details_pb2.RetryInfo(),
        )
        _unpack(status, info, bad, retry)
        self.reason = info.reason
        self.violations = {one.field: one.description for one in bad.field_violations}
        delay = retry.retry_delay
        self.retry_after_s = delay.ToTimedelta().total_seconds() if retry.ByteSize() else None

    def show(self, file: IO[Any] | None = None) -> None:
        if self._as_json:
            click.echo(json.dumps(self._document()), err=True)
            return
        click.secho(f"{self.reason or self.code}: {self.message}", fg="red", err=True)
        for line in self._more():
            click.echo(f"  {line}", err=True)

    def _more(self) -> Iterator[str]:
        yield from (f"{field}: {text}" for field, text in self.violations.items())
        if self.retry_after_s is not None:
            yield f"try again in {self.retry_after_s:g} s"
        if self.code == "UNAUTHENTICATED":
            yield "sign in: market login USERNAME"
        if self.code == "UNAVAILABLE" and not self.reason:
            yield "is the mesh running, and at this --address?"
        if self.request_id:
            yield f"request {self.request_id}"

    def _document(self) -> dict[str, object]:
        return {
            "code": self.code,
            "reason": self.reason,
            "detail": self.message,
            "errors": [{"field": at, "detail": text} for at, text in self.violations.items()],
            "retry_after_s": self.retry_after_s,
            "request_id": self.request_id,
        }


def _unpack(status: status_pb2.Status, *wanted: Message) -> None:
    for detail in status.details:
        for message in wanted:
            detail.Unpack(message)


@contextmanager
def told(*, as_json: bool) -> Iterator[None]:
    """Makes errors of calls errors of the command."""
    try:
        yield
    except grpc.RpcError as error:
        raise Refused(error, as_json=as_json) from None
