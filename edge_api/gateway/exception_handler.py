"""DRF's EXCEPTION_HANDLER."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.http import HttpResponse

from edge_api.problems.problem import Problem, answer, path_of, problem_of
from edge_api.transcoding.etag import IF_MATCH


def exception_handler(error: Exception, handling: dict[str, Any]) -> HttpResponse:
    """Returns any exception of a view as a problem document."""
    request, view = handling["request"], handling["view"]
    problem = problem_of(error, conditional=IF_MATCH in request.META)
    endpoint = getattr(view, "endpoint", None)
    if endpoint is not None and problem.violations:
        problem = _as_written(problem, endpoint.binding.as_written)
    return answer(problem, instance=path_of(request.scope))


def _as_written(problem: Problem, name: Callable[[str], str]) -> Problem:
    return replace(
        problem,
        violations=tuple(replace(each, field=name(each.field)) for each in problem.violations),
    )
