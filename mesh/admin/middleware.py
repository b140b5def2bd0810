"""The kit's middleware around every request to the pages, besides Django's own."""

import time
from collections.abc import Callable

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from mesh.admin import login
from mesh.admin.models import Staff
from mesh.auth.access import Caller
from mesh.context import Call, new_request_id, serving, serving_now

ANSWERED_WITHIN_S = 10.0
# A form that is sent after its session ended leads to the pages where one signs in.
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self' {sites}; base-uri 'none'; frame-ancestors 'none'"
)
Answer = Callable[[HttpRequest], HttpResponse]

log = structlog.get_logger("admin")


def each_request(answer: Answer) -> Answer:
    """Serves a request as a call of the mesh: with an id, a time limit, and a line in the log."""

    policy = CSP.format(sites=" ".join(settings.ADMIN_SITES.values()))

    def respond(request: HttpRequest) -> HttpResponse:
        deadline = time.monotonic() + ANSWERED_WITHIN_S
        with serving(Call("admin", request_id=new_request_id(), deadline=deadline)):
            response = answer(request)
            response.headers["Content-Security-Policy"] = policy
            if _is_asset(request):  # of which Django says since when it is so, for a 304
                response.headers["Cache-Control"] = "no-cache"
            else:
                said = {"method": request.method, "route": _route(request)}
                log.info("page", status=response.status_code, **said)
        return response

    return respond


def still_staff(answer: Answer) -> Answer:
    """Signs out who is not staff any more; anybody else is the caller of what follows."""

    def respond(request: HttpRequest) -> HttpResponse:
        if not _is_asset(request) and request.user.is_authenticated:
            login.check(request)
            if isinstance(request.user, Staff):
                request.user.name = request.session.get("name", "")
                scopes = frozenset(request.user.scopes)
                serving_now().caller = Caller(user_id=str(request.user.pk), scopes=scopes)
        return answer(request)

    return respond


def _is_asset(request: HttpRequest) -> bool:
    return request.path.startswith(settings.STATIC_URL)


def _route(request: HttpRequest) -> str:
    """Returns the path's template: what staff looked for may be in the path."""
    return f"/{request.resolver_match.route}" if request.resolver_match else ""
