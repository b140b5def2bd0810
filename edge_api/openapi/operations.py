"""OpenAPI operations, one for each HTTP binding."""

import re
from collections.abc import Iterator, Mapping

from drf_spectacular.plumbing import ComponentRegistry
from google.protobuf.descriptor import FieldDescriptor

from edge_api.codec import Decoder
from edge_api.openapi.constraints import Schema
from edge_api.openapi.error_codes import error_codes
from edge_api.openapi.error_responses import ErrorResponses
from edge_api.openapi.examples import Example, example_of
from edge_api.openapi.headers import header_parameters, parameter
from edge_api.openapi.messages import Messages
from edge_api.openapi.responses import Responses, raw_request
from edge_api.problems.problem import ERRORS_PAGE
from edge_api.transcoding.field_mask import is_required
from edge_api.transcoding.request import WHOLE, Binding
from edge_api.transcoding.response import JSON
from mesh.contract.model import Access, Contract, HttpBinding, Method

BEARER = "bearer"
_ERROR = re.compile(r"\b[A-Z_]+/([A-Z][A-Z_]+)\b")  # of a comment: its code, and the reason
_LINK = rf"[`\1`]({ERRORS_PAGE}#\1)"
_MORE = re.compile(r"[,;:(]|\. |\n")


class Operations:
    def __init__(
        self, registry: ComponentRegistry, comments: Mapping[str, str], contract: Contract
    ) -> None:
        messages = Messages(registry, comments)
        self._request_messages = messages.of_requests()
        self._comments = comments
        self._successes = Responses(messages, comments, contract)
        self._errors = ErrorResponses(registry)
        self._decoder = Decoder()

    def operation(
        self, method: Method, http: HttpBinding, number: int, path_names: list[str]
    ) -> Schema:
        """Returns the operation of an RPC's binding `number`, counted from 0."""
        binding = Binding(method, http, self._decoder)
        comment = self._comments.get(method.descriptor.full_name, "")
        service = method.descriptor.containing_service.name
        example = example_of(method, http, binding)
        cycle = method.life_cycle
        described = [_ERROR.sub(_LINK, comment), cycle.words if cycle else "", who(method.access)]
        operation: Schema = {
            "operationId": f"{service}_{method.name}{number + 1 if number else ''}",
            "tags": [tag_of(service)],
            "summary": _title(comment, method.name),
            "description": "\n\n".join(filter(None, described)),
            "parameters": [
                *self._path_parameters(binding, path_names, example),
                *self._query_parameters(binding, example),
                *self._header_fields(binding),
                *header_parameters(method, http, binding),
            ],
        }
        if cycle is not None:
            operation["deprecated"] = True
        if http.body:
            limit = {"description": f"At most {method.max_request_bytes} bytes."}
            operation["requestBody"] = self._body(http, binding, method) | limit
            if example.body:
                operation["requestBody"]["content"][JSON]["example"] = example.body
        failures = self._errors.responses_for(error_codes(method, http, binding))
        operation["responses"] = self._successes.of(method, http) | failures
        operation["security"] = [] if method.access.anyone else [{BEARER: []}]
        return operation

    def _path_parameters(
        self, binding: Binding, names: list[str], example: Example
    ) -> Iterator[Schema]:
        for name, variable in zip(names, binding.variables, strict=True):
            described = self._parameter("path", name, variable.field, required=True)
            yield described | _shown(example, variable.name)

    def _query_parameters(self, binding: Binding, example: Example) -> Iterator[Schema]:
        for one in binding.query:
            described = self._parameter("query", one.name, one.field, required=binding.needs(one))
            yield described | _shown(example, one.name)

    def _header_fields(self, binding: Binding) -> Iterator[Schema]:
        for header, field in binding.headers.by_header.items():
            yield self._parameter("header", header, field, required=is_required(field))

    def _parameter(
        self, where: str, name: str, field: FieldDescriptor, *, required: bool
    ) -> Schema:
        schema = self._request_messages.field(field)
        comment = schema.get("description", "")
        described = parameter(where, name, comment, self._request_messages.value(field))
        described |= {"required": True} if required else {}
        return described | ({"deprecated": True} if "deprecated" in schema else {})

    def _body(self, http: HttpBinding, binding: Binding, method: Method) -> Schema:
        within = "" if binding.body_field is None else binding.body_field.name
        bound = {path[-1] for path in (v.path for v in binding.variables) if _is_in(path, within)}
        update = http.verb == "PATCH"
        if binding.takes_raw_body and binding.body_field is not None:
            return raw_request(required=is_required(binding.body_field))
        if http.body != WHOLE and binding.body_field is not None:
            resource = binding.body_field.message_type
            if resource is None:
                schema = self._request_messages.value(binding.body_field)
                return {"required": True, "content": {JSON: {"schema": schema}}}
        else:
            resource = method.descriptor.input_type
        whole = self._request_messages.object(resource, without=bound, update=update)
        schema = whole if bound or update else self._request_messages.ref(resource)
        required = http.body != WHOLE or "required" in whole or "oneOf" in whole
        return {"required": required, "content": {JSON: {"schema": schema}}}


def tag_of(service: str) -> str:
    """Returns the tag of a service's operations, by its short name."""
    return service.removesuffix("Service")


def _shown(example: Example, name: str) -> Schema:
    return {"example": example.parameters[name]} if name in example.parameters else {}


def _is_in(path: tuple[str, ...], within: str) -> bool:
    return path[:-1] == ((within,) if within else ())


def _title(comment: str, name: str) -> str:
    """Returns what the first sentence of an RPC's comment says first, without the RPC's name."""
    first = _MORE.split(comment, maxsplit=1)[0].removesuffix(".")
    words = first.removeprefix(name).replace("`", "").strip()
    return words[:1].upper() + words[1:] if words else name


def who(access: Access) -> str:
    """Describes an access rule."""
    if access.anyone:
        return "Open to anyone."
    allowed = []
    if access.signed_in:
        allowed.append("signed-in users, for what is theirs")
    if access.owner_field:
        allowed.append("the user whom it is about")
    if access.staff_scope:
        allowed.append(f"staff with the scope `{access.staff_scope}`")
    return f"Open to {' and '.join(allowed)}."
