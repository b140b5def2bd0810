"""Request headers as OpenAPI parameters, and the headers of responses."""

from collections.abc import Iterable, Iterator, Mapping

from edge_api.openapi.constraints import NOT_NEGATIVE, Schema
from edge_api.transcoding.etag import has_etag
from edge_api.transcoding.request import Binding
from edge_api.transcoding.response import resource_of
from mesh.contract.model import HttpBinding, Method

_REPEATS = "Makes a repeat of this request answer the same, for a day."
_KEY_OR_ID = f"{_REPEATS} Required, unless the body has a `request_id`."
_KEY = "^[!-~]([ -~]{0,253}[!-~])?$"
INT32_MAX = 2**31 - 1
ENTITY_TAG = r'^(\*|"[!#-~]*")$'


def header_parameters(method: Method, http: HttpBinding, binding: Binding) -> Iterator[Schema]:
    """Yields the parameters of headers that the edge itself reads."""
    if method.request_id_field:
        described = _KEY_OR_ID if method.needs_idempotency_key else _REPEATS
        yield _header("Idempotency-Key", described, pattern=_KEY, maxLength=255)
    if binding.preconditions.takes_if_match:
        described = "Entity tag that must still be the current one."
        yield _header("If-Match", described, pattern=ENTITY_TAG)
    if is_conditional(method, http):
        yield _header("If-None-Match", "Entity tags to answer 304 for.")
    if method.max_age_s:
        described = (
            f"By default the response is {method.max_age_s} s old at most; `no-cache` asks for"
            " what holds now."
        )
        yield _header("Cache-Control", described)
    if method.descriptor.server_streaming:
        described = "Id of the event after which to go on."
        yield _header("Last-Event-ID", described, pattern=NOT_NEGATIVE, maxLength=18)


def is_conditional(method: Method, http: HttpBinding) -> bool:
    """Whether a read may return 304."""
    streams = method.descriptor.server_streaming
    tagged = bool(method.max_age_s) or has_etag(resource_of(method, http))
    return http.verb == "GET" and not streams and tagged


def life_cycle_headers(method: Method) -> list[str]:
    """Returns the names of the headers that announce a deprecation."""
    cycle = method.life_cycle
    if cycle is None:
        return []
    return [*cycle.headers, *(["Link"] if cycle.successor else [])]


def _header(name: str, description: str, **keywords: str | int) -> Schema:
    return parameter("header", name, description, {"type": "string", **keywords})


def parameter(where: str, name: str, description: str, schema: Schema) -> Schema:
    return {"name": name, "in": where, "description": description, "schema": schema}


RESPONSE_HEADERS: Mapping[str, Schema] = {
    "X-Request-Id": {
        "description": "Finds the request in the logs. It is the request's own `X-Request-Id`, if"
        " that is 1 to 64 of A-Z, a-z, 0-9, `.`, `_` and `-`.",
        "schema": {"type": "string", "maxLength": 64},
    },
    "RateLimit-Policy": {
        "description": "The quota that the request counts towards: its name, `q` requests in `w`"
        " seconds. Absent where none is counted"
        " (draft-ietf-httpapi-ratelimit-headers-10).",
        "schema": {"type": "string"},
        "example": '"read";q=1200;w=60',
    },
    "RateLimit": {
        "description": "What is left of the quota: `r` requests, and `t` seconds until more are."
        " Absent where none is counted (draft-ietf-httpapi-ratelimit-headers-10).",
        "schema": {"type": "string"},
        "example": '"read";r=1199;t=1',
    },
    "Retry-After": {
        "description": "Seconds to wait before the request is tried again.",
        "schema": {"type": "integer", "format": "int32", "minimum": 1, "maximum": INT32_MAX},
    },
    "WWW-Authenticate": {
        "description": "`Bearer`, with the `error` of RFC 6750 or RFC 9470 if there was a token.",
        "schema": {"type": "string"},
    },
    "ETag": {
        "description": "Entity tag: the `etag` in quotes, for `If-Match` and `If-None-Match`.",
        "schema": {"type": "string"},
    },
    "Cache-Control": {
        "description": "Who may keep the response, and for how many seconds (`max-age`).",
        "schema": {"type": "string"},
    },
    "Age": {
        "description": "How old the response is, in seconds; absent where it was made for this"
        " request.",
        "schema": {"type": "integer", "format": "int32", "minimum": 0, "maximum": INT32_MAX},
    },
    "Location": {
        "description": "Path of what was created.",
        "schema": {"type": "string", "format": "uri-reference"},
    },
    "Idempotency-Replayed": {
        "description": "`true` where an earlier request was answered this.",
        "schema": {"type": "string", "const": "true"},
    },
}
# Of deprecated operations; a document without any has no use for them.
LIFE_CYCLE_HEADERS: Mapping[str, Schema] = {
    "Deprecation": {
        "description": "Since when the operation is deprecated, in Unix time (RFC 9745).",
        "schema": {"type": "string"},
        "example": "@1767225600",
    },
    "Sunset": {
        "description": "From when the operation may be gone (RFC 8594).",
        "schema": {"type": "string"},
        "example": "Wed, 01 Jul 2026 00:00:00 GMT",
    },
    "Link": {
        "description": "Path of the operation to use instead, as `successor-version` (RFC 5829).",
        "schema": {"type": "string"},
        "example": '</api/v2/orders>; rel="successor-version"',
    },
}
_ALWAYS = ("X-Request-Id", "RateLimit-Policy", "RateLimit")


def response_headers(names: Iterable[str] = ()) -> Schema:
    """Returns the headers of every response, and those named, as references."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in (*_ALWAYS, *names)}
