"""Request headers as OpenAPI parameters."""

from collections.abc import Iterator

from edge_api.openapi.constraints import NOT_NEGATIVE, Schema
from edge_api.transcoding.etag import has_etag
from edge_api.transcoding.request import Binding
from edge_api.transcoding.response import resource_of
from mesh.contract.model import HttpBinding, Method

_REPEATS = "Makes a repeat of this request answer the same, for a day."
_KEY_OR_ID = f"{_REPEATS} Required, unless the body has a `request_id`."
_KEY = "^[!-~]([ -~]{0,253}[!-~])?$"
ENTITY_TAG = r'^(\*|"[!#-~]*")$'


def header_parameters(method: Method, http: HttpBinding, binding: Binding) -> Iterator[Schema]:
    """Yields the parameters of headers that the edge itself reads."""
    if method.request_id_field:
        described = _KEY_OR_ID if method.needs_idempotency_key else _REPEATS
        yield _header("Idempotency-Key", described, pattern=_KEY)
    if binding.preconditions.takes_if_match:
        yield _header(
            "If-Match", "Entity tag that must still be the current one.", pattern=ENTITY_TAG
        )
    if is_conditional(method, http):
        yield _header("If-None-Match", "Entity tags to answer 304 for.")
    if method.descriptor.server_streaming:
        yield _header(
            "Last-Event-ID", "Id of the event after which to go on.", pattern=NOT_NEGATIVE
        )


def is_conditional(method: Method, http: HttpBinding) -> bool:
    """Whether a read may return 304."""
    streams = method.descriptor.server_streaming
    return http.verb == "GET" and not streams and has_etag(resource_of(method, http))


def _header(name: str, description: str, **keywords: str) -> Schema:
    return parameter("header", name, description, {"type": "string", **keywords})


def parameter(where: str, name: str, description: str, schema: Schema) -> Schema:
    return {"name": name, "in": where, "description": description, "schema": schema}
