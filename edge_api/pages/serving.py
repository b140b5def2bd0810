"""How pages and their assets are served: from memory, by gzip if taken, each form with its etag.

A browser keeps them all, and asks each time whether they are still so, as a page and the scripts
that it names may be of different versions otherwise, for as long as one is kept unasked.
"""

import asyncio
import gzip
import hashlib
import mimetypes
import re
from collections.abc import Callable, Coroutine
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, Self

import flask_openapi_scalar
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string

from edge_api.problems.errors import RouteNotFound
from edge_api.transcoding.etag import is_known, quoted

Page = Callable[..., Coroutine[Any, Any, HttpResponse]]

HTML = "text/html; charset=utf-8"
# Folders of assets, by what is before a file's name in the path.
ROOTS = {
    "edge_api": Path(__file__).parent.parent / "static" / "edge_api",
    "scalar": Path(flask_openapi_scalar.__path__[0]) / "templates" / "scalar" / "js",
}
GZIP_LEVEL = 6  # the highest makes Scalar's script 0.3% smaller
# Source: RFC 9110, 12.5.3: a weight of 0 refuses a coding.
_TAKES_GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))")


class Form(NamedTuple):
    """Content in one coding, which the etag differs by; the coding is "" where there is none."""

    content: bytes
    coding: str
    etag: str

    @classmethod
    def of(cls, content: bytes, coding: str = "") -> Self:
        return cls(content, coding, hashlib.sha256(content).hexdigest()[:16])


class Forms(NamedTuple):
    plain: Form
    gzipped: Form

    @classmethod
    def of(cls, content: bytes) -> Self:
        return cls(Form.of(content), Form.of(gzip.compress(content, GZIP_LEVEL, mtime=0), "gzip"))


def rendered(render: Callable[[], bytes], content_type: str = HTML) -> Page:
    """Returns a page that is rendered once, on the first request, off the event loop."""
    made = cache(lambda: Forms.of(render()))

    async def page(request: HttpRequest) -> HttpResponse:
        check_read(request)
        forms = await asyncio.to_thread(made)
        return _response(request, forms, content_type)

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
    forms = await asyncio.to_thread(_forms_of, file)
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return _response(request, forms, kind)


def _response(request: HttpRequest, forms: Forms, kind: str) -> HttpResponse:
    gzipped = _TAKES_GZIP.search(request.META.get("HTTP_ACCEPT_ENCODING", ""))
    form = forms.gzipped if gzipped else forms.plain
    headers = {
        "Cache-Control": "no-cache",
        "ETag": quoted(form.etag),
        "Vary": "Accept-Encoding",
    }
    if is_known(request.META, form.etag):
        return HttpResponse(status=304, headers=headers)
    if form.coding:
        headers["Content-Encoding"] = form.coding
    return HttpResponse(form.content, content_type=kind, headers=headers)


def check_read(request: HttpRequest) -> None:
    """Raises RouteNotFound unless the request only reads."""
    if request.method not in ("GET", "HEAD"):
        raise RouteNotFound


@cache
def _forms_of(file: Path) -> Forms:
    return Forms.of(file.read_bytes())


@cache
def _assets() -> dict[str, Path]:
    return {
        f"{name}/{path.relative_to(root).as_posix()}": path
        for name, root in ROOTS.items()
        for path in root.rglob("*")
        if path.is_file()
    }
