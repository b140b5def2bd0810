"""The error codes that an operation may return, from its access rule and the errors it lists."""

from collections import defaultdict
from collections.abc import Iterator

from google.rpc import code_pb2

from edge_api.problems.problem import INTERNAL
from edge_api.problems.status import STATUS
from edge_api.transcoding.request import Binding
from mesh.contract.model import HttpBinding, Method

Outcome = tuple[int, str]


def error_codes(method: Method, http: HttpBinding, binding: Binding) -> dict[int, list[str]]:
    """Returns the codes for each status of a problem, in order of status."""
    codes: dict[int, list[str]] = defaultdict(list)
    for status, code in (
        *_of_reading(method, http, binding),
        *_of_access(method, http),
        (429, "RATE_LIMITED"),
        *_listed(method, binding),
        (500, INTERNAL),
        (503, "SERVICE_UNAVAILABLE"),
        (504, "DEADLINE_EXCEEDED"),
    ):
        codes[status].append(code)
    return {status: list(dict.fromkeys(codes[status])) for status in sorted(codes)}


def _of_reading(method: Method, http: HttpBinding, binding: Binding) -> Iterator[Outcome]:
    """Yields the errors of a request that are found before a service is called."""
    yield from ((400, "REQUEST_INVALID"), (400, "PARAMETER_INVALID"), (400, "HEADER_INVALID"))
    yield 406, "NOT_ACCEPTABLE"
    if http.body:
        yield from ((400, "BODY_MALFORMED"), (413, "BODY_TOO_LARGE"))
    if http.body and not binding.takes_raw_body:
        yield 415, "UNSUPPORTED_MEDIA_TYPE"
    if method.needs_idempotency_key:
        yield 400, "IDEMPOTENCY_KEY_REQUIRED"
    if method.generates_request_id:
        yield from ((409, "REQUEST_IN_PROGRESS"), (422, "REQUEST_ID_REUSED"))
    if binding.preconditions.takes_if_match:
        yield 412, "PRECONDITION_FAILED"


def _of_access(method: Method, http: HttpBinding) -> Iterator[Outcome]:
    access = method.access
    if not access.anyone:
        yield 401, "TOKEN_MISSING"
    yield 401, "TOKEN_INVALID"
    if access.staff_scope and not (access.owner_field or access.signed_in):
        yield 403, "NOT_ADMITTED"
    if access.owner_field or "{" in http.template:
        yield 404, "NOT_FOUND"


def _listed(method: Method, binding: Binding) -> Iterator[Outcome]:
    for error in method.errors:
        yield STATUS[error.code], error.reason
        if error.code == code_pb2.ABORTED and binding.preconditions.takes_if_match:
            yield 412, error.reason
