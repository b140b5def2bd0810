"""The successful responses of an operation."""

from collections.abc import Iterator, Mapping

from edge_api.http.response_writer import EVENTS
from edge_api.openapi.constraints import Schema
from edge_api.openapi.headers import is_conditional, life_cycle_headers, response_headers
from edge_api.openapi.messages import Messages
from edge_api.transcoding.etag import has_etag
from edge_api.transcoding.http_body import OCTETS, is_raw
from edge_api.transcoding.response import JSON, location_of, resource_of, status_of
from edge_api.transcoding.sse import event_name, event_of
from mesh.contract.model import Contract, HttpBinding, Method

# Headers of responses that callers share.
_SHARED = ("Cache-Control", "Age")
# Bodies of which only the service knows the type: `google.api.HttpBody`. Of a request any type
# is taken, and this one is what generators know.
_BINARY: Schema = {"schema": {"type": "string", "format": "binary"}}
RAW_RESPONSE = {"*/*": _BINARY}


def raw_request(*, required: bool) -> Schema:
    """Returns the request body of an RPC that takes it as it comes.

    Generators make a file of it, of which some can't say that it is not empty.
    """
    return {"required": required, "content": {OCTETS: _BINARY}}


class Responses:
    def __init__(self, messages: Messages, comments: Mapping[str, str], contract: Contract) -> None:
        self._messages = messages
        self._comments = comments
        self._contract = contract

    def of(self, method: Method, http: HttpBinding) -> Schema:
        """Returns the responses of a binding that are no problems, by status."""
        if method.descriptor.server_streaming:
            return self._stream(method, http)
        status, output = status_of(method, http), method.descriptor.output_type
        success: Schema = {
            "description": self._comments.get(output.full_name, "Done."),
            "headers": response_headers(self._headers(method, http, status)),
        }
        if status != 204:
            field = output.fields_by_name.get(http.response_body)
            if is_raw(field.message_type if field else output):
                success["content"] = RAW_RESPONSE
            else:
                schema = self._messages.value(field) if field else self._messages.ref(output)
                success["content"] = {JSON: {"schema": schema}}
        return {str(status): success} | self._unchanged(method, http)

    def _unchanged(self, method: Method, http: HttpBinding) -> Schema:
        if not is_conditional(method, http):
            return {}
        described = "The resource is still what `If-None-Match` names."
        headers = response_headers(["ETag", *(_SHARED if method.max_age_s else ())])
        return {"304": {"description": described, "headers": headers}}

    def _headers(self, method: Method, http: HttpBinding, status: int) -> Iterator[str]:
        yield from life_cycle_headers(method)
        if method.generates_request_id:
            yield "Idempotency-Replayed"
        if is_conditional(method, http) or has_etag(resource_of(method, http)):
            yield "ETag"
        if method.max_age_s:
            yield from _SHARED
        if status == 201 and location_of(method, http, self._contract) is not None:
            yield "Location"

    def _stream(self, method: Method, http: HttpBinding) -> Schema:
        """Describes one event, as OpenAPI 3.1 has no word for a sequence of them."""
        event = event_of(method, http)
        described = (
            f"Server-sent events named `{event_name(event)}`, each as the schema has it; comments"
            f" in between keep the connection open. An event named `error` carries a problem as"
            f" `data` and is the last one."
        )
        data = {"contentMediaType": JSON, "contentSchema": self._messages.ref(event)}
        schema = {
            "type": "object",
            "properties": {
                "id": {"type": "string", "description": "Its `seq`, for `Last-Event-ID`."},
                "event": {"type": "string", "examples": [event_name(event)]},
                "data": {"type": "string", "description": "A JSON document.", **data},
            },
            "required": ["event", "data"],
        }
        content = {EVENTS: {"schema": schema}}
        headers = response_headers(life_cycle_headers(method))
        done = "Nothing is left to wait for: a client need not ask again."
        return {
            "200": {"description": described, "headers": headers, "content": content},
            "204": {"description": done, "headers": headers},
        }
