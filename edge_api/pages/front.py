"""The page at `/`: a plain one, none, or in development that of the local run.

The local run's page is no part of the edge. `make up` serves it, and tells the edge its URL,
to which `/` and what is below `/development/` is relayed; `Config` refuses a URL elsewhere.
"""

import asyncio
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from edge_api.config import NO_PAGE, PLAIN_PAGE
from edge_api.pages.serving import Page, check_read, template
from mesh.core.errors import Unavailable

RELAYED_WITHIN_S = 10


def front_pages(shown: str) -> list[URLPattern]:
    """Returns what `Config.front_page` says is at `/`, and below `/development/`."""
    if shown == NO_PAGE:
        return []
    if shown == PLAIN_PAGE:
        return [path("", template("edge_api/front.html"), name="/")]
    page = _relayed(shown)
    return [
        path("", page, name="/"),
        path("development/<path:name>", page, name="/development/{name}"),
    ]


def _relayed(url: str) -> Page:
    """Returns a page that responds as the same path at the URL does."""
    where = urlsplit(url)

    def fetched(target: str) -> HttpResponse:
        host = str(where.hostname)
        with closing(HTTPConnection(host, where.port, timeout=RELAYED_WITHIN_S)) as connection:
            connection.request("GET", target)
            answer = connection.getresponse()
            return HttpResponse(
                answer.read(),
                status=answer.status,
                content_type=answer.headers["Content-Type"],
                headers={"Cache-Control": "no-store"},
            )

    async def page(request: HttpRequest, name: str = "") -> HttpResponse:
        check_read(request)
        try:
            return await asyncio.to_thread(fetched, request.get_full_path())
        except (OSError, HTTPException) as error:
            raise Unavailable("the local run does not show its page") from error

    return page
