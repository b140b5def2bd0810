"""`/api/openapi.json`, the pages of the API's documentation, and their assets."""

import asyncio
import hashlib
import mimetypes
from collections.abc import Callable, Coroutine
from functools import cache
from pathlib import Path
from typing import Any

import drf_spectacular_sidecar
import orjson
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string

from edge_api.openapi.document import document_of
from edge_api.openapi.reasons import reasons_of
from edge_api.problems.errors import RouteNotFound
from edge_api.transcoding.response import JSON

Page = Callable[[HttpRequest], Coroutine[Any, Any, HttpResponse]]

ASSETS = Path(drf_spectacular_sidecar.__path__[0]) / "static"
FAVICON = "/api/docs/static/drf_spectacular_sidecar/swagger-ui-dist/favicon-32x32.png"
# Addresses that people try, and where they lead.
TRIED = {
    "": "/api/docs/",
    "api": "/api/docs/",
    "docs": "/api/docs/",
    "openapi.json": "/api/openapi.json",
    "favicon.ico": FAVICON,
}
ASSETS_ARE_FRESH_S = 86_400


def openapi_json(contract: Path) -> Page:
    return _page(lambda: orjson.dumps(document_of(contract.read_bytes())), JSON)


def errors_page(contract: Path) -> Page:
    def render() -> bytes:
        reasons = reasons_of(contract.read_bytes())
        return render_to_string("edge_api/errors.html", {"reasons": reasons}).encode()

    return _page(render, "text/html; charset=utf-8")


def redirect(url: str) -> Page:
    """Returns a page for an address that people try, which leads to the one that is meant."""

    async def page(request: HttpRequest) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            raise RouteNotFound
        return HttpResponseRedirect(url)

    return page


async def asset(request: HttpRequest, name: str) -> HttpResponse:
    """Returns a file of the sidecar's wheel. Raises RouteNotFound for any other name."""
    if name not in _asset_names():
        raise RouteNotFound
    content = await asyncio.to_thread((ASSETS / name).read_bytes)
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return _tagged(request, content, kind, f"public, max-age={ASSETS_ARE_FRESH_S}")


def _page(render: Callable[[], bytes], content_type: str) -> Page:
    """Returns a page that is rendered once, on the first request, off the event loop."""
    made = cache(render)

    async def page(request: HttpRequest) -> HttpResponse:
        content = await asyncio.to_thread(made)
        return _tagged(request, content, content_type, "no-cache")

    return page


def _tagged(request: HttpRequest, content: bytes, kind: str, caching: str) -> HttpResponse:
    etag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
    headers = {"Cache-Control": caching, "ETag": etag}
    if request.META.get("HTTP_IF_NONE_MATCH") == etag:
        return HttpResponse(status=304, headers=headers)
    return HttpResponse(content, content_type=kind, headers=headers)


@cache
def _asset_names() -> frozenset[str]:
    return frozenset(
        path.relative_to(ASSETS).as_posix() for path in ASSETS.rglob("*") if path.is_file()
    )
