"""How pages and their assets are served: from memory, off the event loop, with an etag."""

import asyncio
import hashlib
import mimetypes
from collections.abc import Callable, Coroutine
from functools import cache
from pathlib import Path
from typing import Any

import flask_openapi_scalar
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string

from edge_api.problems.errors import RouteNotFound

Page = Callable[..., Coroutine[Any, Any, HttpResponse]]

HTML = "text/html; charset=utf-8"
# Folders of assets, by what is before a file's name in the path.
ROOTS = {
    "edge_api": Path(__file__).parent.parent / "static" / "edge_api",
    "scalar": Path(flask_openapi_scalar.__path__[0]) / "templates" / "scalar" / "js",
}
ASSETS_ARE_FRESH_S = 86_400


def rendered(render: Callable[[], bytes], content_type: str = HTML) -> Page:
    """Returns a page that is rendered once, on the first request, off the event loop."""
    made = cache(render)

    async def page(request: HttpRequest) -> HttpResponse:
        check_read(request)
        content = await asyncio.to_thread(made)
        return tagged(request, content, content_type, "no-cache")

    return page


def template(name: str) -> Page:
    return rendered(lambda: render_to_string(name).encode())


def redirect(url: str) -> Page:
    """Returns a page for an address that people try, which leads to the one that is meant."""

    async def page(request: HttpRequest) -> HttpResponse:
        check_read(request)
        return HttpResponseRedirect(url)

    return page


async def asset(request: HttpRequest, name: str) -> HttpResponse:
    """Returns a file of ROOTS. Raises RouteNotFound for any other name."""
    file = _assets().get(name)
    if file is None:
        raise RouteNotFound
    content = await asyncio.to_thread(file.read_bytes)
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return tagged(request, content, kind, f"public, max-age={ASSETS_ARE_FRESH_S}")


def tagged(request: HttpRequest, content: bytes, kind: str, caching: str) -> HttpResponse:
    etag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
    headers = {"Cache-Control": caching, "ETag": etag}
    if request.META.get("HTTP_IF_NONE_MATCH") == etag:
        return HttpResponse(status=304, headers=headers)
    return HttpResponse(content, content_type=kind, headers=headers)


def check_read(request: HttpRequest) -> None:
    """Raises RouteNotFound unless the request only reads."""
    if request.method not in ("GET", "HEAD"):
        raise RouteNotFound


@cache
def _assets() -> dict[str, Path]:
    return {
        f"{name}/{path.relative_to(root).as_posix()}": path
        for name, root in ROOTS.items()
        for path in root.rglob("*")
        if path.is_file()
    }
