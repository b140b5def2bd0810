"""Request headers as OpenAPI parameters."""

from collections.abc import Iterator

from edge_api.binding import Binding
from edge_api.locations import resource_of
from edge_api.preconditions import has_etag
from edge_api.schema.constraints import Schema
from mesh.contract import HttpBinding, Method

_KEY = "Makes a repeat of this request answer the same, for a day."
_KEY_OR_ID = f"{_KEY} Required, unless the body has a `request_id`."


def header_parameters(method: Method, http: HttpBinding, binding: Binding) -> Iterator[Schema]:
    """Those that the edge itself reads."""
    if method.request_id_field:
        described = _KEY_OR_ID if method.needs_idempotency_key else _KEY
        yield _header("Idempotency-Key", described, 255)
    if binding.preconditions.takes_if_match:
        yield _header("If-Match", "Entity tag that must still be the current one.", 128)
    if http.verb == "GET" and has_etag(resource_of(method, http)):
        yield _header("If-None-Match", "Entity tags to answer 304 for.", 1024)
    if method.descriptor.server_streaming:
        yield _header("Last-Event-ID", "Id of the event after which to go on.", 18)


def _header(name: str, description: str, most_chars: int) -> Schema:
    return parameter("header", name, description, {"type": "string", "maxLength": most_chars})


def parameter(where: str, name: str, description: str, schema: Schema) -> Schema:
    return {"name": name, "in": where, "description": description, "schema": schema}
