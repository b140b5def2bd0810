"""Refusals of what never became a request, counted and logged as requests are."""

import structlog

from edge_api.http.response_writer import Response, whole
from edge_api.http.telemetry import requested
from edge_api.problems.errors import EdgeError
from edge_api.problems.problem import answer, problem_of
from mesh.context import Call, new_request_id, serving

NO_METHOD = "_OTHER"

log = structlog.get_logger("edge")


def refusal(error: EdgeError) -> Response:
    """Returns the response. Its request id is new, as no header was validated."""
    call = Call(method="", request_id=new_request_id(), deadline=0.0)
    with serving(call), requested(NO_METHOD, call) as answered:
        response = answer(problem_of(error), instance="")
        answered.status = response.status_code
        log.info("request_refused", status=answered.status, reason=error.reason)
        response["Connection"] = "close"
        return whole(response, call.request_id)
