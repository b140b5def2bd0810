"""Errors as problem documents (RFC 9457).

The members are `type` (the code on the API's error page), `title` (the code, for people),
`status`, `detail`, `instance` (the request's path; empty when that is long), `code` (the
stable reason that programs read), `request_id` (finds the request in the logs) and `errors`,
a list of the first 20 `{"field", "detail", "code"}`, empty unless fields are to blame. The
text of an exception that is not meant for clients is never part of one.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
import structlog
from django.core.exceptions import SuspiciousOperation
from django.http import HttpResponse
from django.urls import Resolver404
from rest_framework.exceptions import APIException, Throttled

from edge_api.problems.errors import EdgeError, MethodNotAllowed, RequestMalformed, RouteNotFound
from edge_api.problems.status import http_status
from mesh import context
from mesh.contract.validation import MOST_LISTED
from mesh.core.errors import DomainError, FieldViolation

PROBLEM_JSON = "application/problem+json"
ERRORS_PAGE = "/api/docs/errors/"
INTERNAL = "INTERNAL"
INTERNAL_DETAIL = "something went wrong on our side"
DEFAULT_RETRY_S = 1.0
# Parts of a request are cut to this, so that no response grows with its request.
MOST_CHARS = 512

RETRIED_LATER = (429, 503, 504)
# The `error` of `WWW-Authenticate`, by the reason of a 401. Sources: RFC 6750, 3.1; RFC 9470, 3.
CHALLENGES = {
    "TOKEN_INVALID": "invalid_token",
    "REAUTHENTICATION_REQUIRED": "insufficient_user_authentication",
}

log = structlog.get_logger("edge")


@dataclass(frozen=True, slots=True)
class Problem:
    status: int
    code: str
    detail: str
    violations: tuple[FieldViolation, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)


def problem_of(error: Exception, *, conditional: bool = False) -> Problem:
    """Translates an error; `conditional` says that the request had an `If-Match`."""
    match error:
        case MethodNotAllowed():
            allow = {"Allow": ", ".join(error.allowed)}
            return Problem(error.status, error.reason, error.detail, headers=allow)
        case EdgeError():
            headers = _when_to_retry(error.status, error.retry_after_s)
            return Problem(error.status, error.reason, error.detail, error.violations, headers)
        case DomainError():
            return _of_domain_error(error, conditional)
        case APIException():
            return _of_drf(error)
        case Resolver404() | SuspiciousOperation():
            return problem_of(_of_django(error))
    log.error("request_failed", exc_info=error)
    return Problem(500, INTERNAL, INTERNAL_DETAIL)


def _of_domain_error(error: DomainError, conditional: bool) -> Problem:
    status = http_status(error, conditional=conditional)
    if status == 500:
        log.error("service_failed", reason=error.reason, grpc_code=error.code)
        return Problem(500, INTERNAL, INTERNAL_DETAIL)
    headers = _when_to_retry(status, error.retry_after_s)
    if status == 401:
        headers["WWW-Authenticate"] = _challenge(error.reason)
    return Problem(status, error.reason, error.detail, error.violations, headers)


def _of_django(error: Resolver404 | SuspiciousOperation) -> EdgeError:
    """Only `OPTIONS *` has no path to resolve; Django's own limits raise the rest."""
    if isinstance(error, Resolver404):
        return RouteNotFound()
    return RequestMalformed("the request is larger than this page takes")


def _of_drf(error: APIException) -> Problem:
    headers = {}
    if isinstance(error, Throttled):
        headers["Retry-After"] = _seconds(getattr(error, "wait", None))
    code = str(error.default_code).upper()
    return Problem(error.status_code, code, str(error.detail), headers=headers)


def _when_to_retry(status: int, wait_s: float | None) -> dict[str, str]:
    return {"Retry-After": _seconds(wait_s)} if status in RETRIED_LATER else {}


def _seconds(wait_s: float | None) -> str:
    return str(max(1, math.ceil(DEFAULT_RETRY_S if wait_s is None else wait_s)))


def _challenge(reason: str) -> str:
    """Has no error code for a request without a token. Source: RFC 6750, 3."""
    error = CHALLENGES.get(reason)
    return f'Bearer error="{error}"' if error else "Bearer"


def path_of(scope: Mapping[str, Any]) -> str:
    """Returns the path as it was received: a URI reference, percent-encoded."""
    return str(scope["raw_path"].decode("ascii"))


def answer(problem: Problem, *, instance: str) -> HttpResponse:
    """Returns the problem as a response, with the id of the request being served."""
    document = {
        "type": f"{ERRORS_PAGE}#{problem.code}",
        "title": problem.code.replace("_", " ").capitalize(),
        "status": problem.status,
        "detail": problem.detail[:MOST_CHARS],
        "instance": instance if len(instance) <= MOST_CHARS else "",
        "code": problem.code,
        "request_id": context.current_request_id(),
        "errors": [
            {
                "field": each.field[:MOST_CHARS],
                "detail": each.description[:MOST_CHARS],
                "code": each.reason or problem.code,
            }
            for each in problem.violations[:MOST_LISTED]
        ],
    }
    headers = {"Cache-Control": "no-store"} | problem.headers
    return HttpResponse(
        orjson.dumps(document),
        status=problem.status,
        content_type=PROBLEM_JSON,
        headers=headers,
    )
