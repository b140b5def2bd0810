"""The successful responses of an operation."""

from collections.abc import Mapping

from edge_api.http.response_writer import EVENTS
from edge_api.openapi.constraints import Schema
from edge_api.openapi.headers import is_conditional
from edge_api.openapi.messages import Messages
from edge_api.transcoding.http_body import is_raw
from edge_api.transcoding.response import JSON, status_of
from edge_api.transcoding.sse import event_name, event_of
from mesh.contract.model import HttpBinding, Method

_REPLAYED = {
    "description": "`true` where an earlier request was answered this.",
    "schema": {"type": "string", "const": "true"},
}

_UNCHANGED = {"304": {"description": "The resource is still what `If-None-Match` names."}}


class Responses:
    def __init__(self, messages: Messages, comments: Mapping[str, str]) -> None:
        self._messages = messages
        self._comments = comments

    def of(self, method: Method, http: HttpBinding) -> Schema:
        """Returns the responses of a binding that are no problems, by status."""
        if method.descriptor.server_streaming:
            return self._stream(method, http)
        status, output = status_of(method, http), method.descriptor.output_type
        success: Schema = {"description": self._comments.get(output.full_name, "Done.")}
        if method.generates_request_id:
            success["headers"] = {"Idempotency-Replayed": _REPLAYED}
        if status != 204:
            field = output.fields_by_name.get(http.response_body)
            if is_raw(field.message_type if field else output):
                success["content"] = {"*/*": {}}
            else:
                schema = self._messages.value(field) if field else self._messages.ref(output)
                success["content"] = {JSON: {"schema": schema}}
        return {str(status): success} | (_UNCHANGED if is_conditional(method, http) else {})

    def _stream(self, method: Method, http: HttpBinding) -> Schema:
        """Has the schema of `data`, as OpenAPI 3.1 can't describe a stream of events."""
        event = event_of(method, http)
        described = (
            f"Server-sent events named `{event_name(event)}`, each with its `seq` as `id` and"
            f" a JSON document as `data`, as the schema has it; comments in between keep the"
            f" connection open. An event named `error` carries a problem and is the last one."
        )
        content = {EVENTS: {"schema": self._messages.ref(event)}}
        done = "Nothing is left to wait for: a client need not ask again."
        return {
            "200": {"description": described, "content": content},
            "204": {"description": done},
        }
