"""Content negotiation and versions by DRF's own rules, cached by `Accept` header.

Clients send the same few headers, such as `application/json; version=1`, and negotiating
takes a tenth of a request's time.
"""

from functools import lru_cache
from typing import Any

from django.http import HttpRequest
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.utils.mediatypes import _MediaType
from rest_framework.versioning import AcceptHeaderVersioning

from edge_api.codec import DecodeError, parse
from edge_api.problems.errors import body_malformed


class ProblemRenderer(JSONRenderer):
    """Lets a client ask for problem documents by their name too (RFC 9457)."""

    media_type = "application/problem+json"


class EventRenderer(JSONRenderer):
    media_type = "text/event-stream"


class AnyRenderer(JSONRenderer):
    """For responses whose type only the service knows."""

    media_type = "*/*"


Renderers = tuple[JSONRenderer, ...]
JSON: Renderers = (JSONRenderer(), ProblemRenderer())
EVENTS: Renderers = (EventRenderer(),)
ANY: Renderers = (AnyRenderer(),)


@lru_cache(maxsize=256)
def negotiated(accept: str, renderers: Renderers = JSON) -> tuple[Any, str, str]:
    """Returns renderer, media type and version. Raises NotAcceptable."""
    request = Request(HttpRequest())  # DRF negotiates by a request; only its `Accept` matters
    request.META["HTTP_ACCEPT"] = accept
    renderer, media_type = DefaultContentNegotiation().select_renderer(request, renderers)
    request.accepted_media_type = media_type
    return renderer, media_type, AcceptHeaderVersioning().determine_version(request)


class StrictJSONParser(BaseParser):
    """Parses the body to a tree of Python values. Raises BodyMalformed, UnsupportedMediaType.

    A compressed body is refused, as the limit of bodies does not hold for its content.
    """

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        charset = _MediaType(media_type or "").params.get("charset", "utf-8")
        if charset.lower() not in ("utf-8", "utf8"):
            raise UnsupportedMediaType(media_type or "")
        if stream.META.get("HTTP_CONTENT_ENCODING", "identity").lower() != "identity":
            raise UnsupportedMediaType("", detail="a body is taken without Content-Encoding only")
        try:
            return parse(stream.read())
        except DecodeError as error:
            raise body_malformed(error) from error
