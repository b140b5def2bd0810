"""One HTTP binding as an OpenAPI operation."""

from collections.abc import Iterator, Mapping

from edge_api.binding import WHOLE, Binding
from edge_api.codec import Decoder
from edge_api.locations import resource_of
from edge_api.preconditions import has_etag
from edge_api.problems import PROBLEM_JSON
from edge_api.replies import JSON, status_of
from edge_api.schema.constraints import Schema
from edge_api.schema.messages import Messages
from edge_api.schema.outcomes import problems
from mesh.contract import Access, HttpBinding, Method
from mesh.identity import ME

BEARER = "bearer"


class Operations:
    def __init__(self, messages: Messages, comments: Mapping[str, str]) -> None:
        self._messages = messages
        self._comments = comments
        self._decoder = Decoder()

    def operation(
        self, method: Method, http: HttpBinding, number: int, path_names: list[str]
    ) -> Schema:
        """The operation of an RPC's binding `number`, counted from 0."""
        binding = Binding(method, http, self._decoder)
        comment = self._comments.get(method.descriptor.full_name, "")
        service = method.descriptor.containing_service.name
        operation: Schema = {
            "operationId": f"{service}_{method.name}{number + 1 if number else ''}",
            "tags": [service.removesuffix("Service")],
            "summary": _sentence(comment, method.name),
            "description": f"{comment}\n\n{who(method.access)}".strip(),
            "parameters": [
                *self._path_parameters(method, binding, path_names),
                *self._query_parameters(binding),
                *_header_parameters(method, http, binding),
            ],
        }
        if http.body:
            operation["requestBody"] = self._body(http, binding, method)
        operation["responses"] = self._responses(method, http, binding, comment)
        operation["security"] = [] if method.access.anyone else [{BEARER: []}]
        return operation

    def _path_parameters(
        self, method: Method, binding: Binding, names: list[str]
    ) -> Iterator[Schema]:
        for name, variable in zip(names, binding.variables, strict=True):
            schema = self._messages.value(variable.field)
            if variable.path == method.access.owner_field:
                schema = {"anyOf": [{"const": ME}, schema]}
            described = self._messages.field(variable.field).get("description", "")
            yield _parameter("path", name, described, schema) | {"required": True}

    def _query_parameters(self, binding: Binding) -> Iterator[Schema]:
        for one in binding.query:
            described = self._messages.field(one.field).get("description", "")
            yield _parameter("query", one.name, described, self._messages.value(one.field))

    def _body(self, http: HttpBinding, binding: Binding, method: Method) -> Schema:
        within = "" if binding.body_field is None else binding.body_field.name
        bound = {path[-1] for path in (v.path for v in binding.variables) if _is_in(path, within)}
        update = http.verb == "PATCH"
        if http.body != WHOLE and binding.body_field is not None:
            resource = binding.body_field.message_type
            if resource is None:
                schema = self._messages.value(binding.body_field)
                return {"required": True, "content": {JSON: {"schema": schema}}}
        else:
            resource = method.descriptor.input_type
        schema = (
            self._messages.object(resource, without=bound, update=update)
            if bound or update
            else self._messages.ref(resource)
        )
        return {"required": True, "content": {JSON: {"schema": schema}}}

    def _responses(
        self, method: Method, http: HttpBinding, binding: Binding, comment: str
    ) -> Schema:
        status = status_of(method, http)
        output = method.descriptor.output_type
        success: Schema = {"description": self._comments.get(output.full_name, "Done.")}
        if status != 204:
            field = output.fields_by_name.get(http.response_body)
            schema = self._messages.value(field) if field else self._messages.ref(output)
            success["content"] = {JSON: {"schema": schema}}
        failures = {
            str(code): {
                "description": text,
                "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
            }
            for code, text in problems(method, http, binding, comment).items()
        }
        return {str(status): success} | failures


def _header_parameters(method: Method, http: HttpBinding, binding: Binding) -> Iterator[Schema]:
    if method.generates_request_id:
        yield _header("Idempotency-Key", "Makes a repeat of this request answer the same.", 255)
    if binding.preconditions.takes_if_match:
        yield _header("If-Match", "Entity tag that must still be the current one.", 128)
    if http.verb == "GET" and has_etag(resource_of(method, http)):
        yield _header("If-None-Match", "Entity tags to answer 304 for.", 1024)


def _header(name: str, description: str, most_chars: int) -> Schema:
    return _parameter("header", name, description, {"type": "string", "maxLength": most_chars})


def _parameter(where: str, name: str, description: str, schema: Schema) -> Schema:
    return {"name": name, "in": where, "description": description, "schema": schema}


def _is_in(path: tuple[str, ...], within: str) -> bool:
    return path[:-1] == ((within,) if within else ())


def _sentence(comment: str, name: str) -> str:
    """What an RPC does, from the first sentence of its comment, without its name."""
    first = comment.partition(". ")[0].partition("\n")[0].removesuffix(".")
    words = first.removeprefix(name).strip()
    return words[:1].upper() + words[1:] if words else name


def who(access: Access) -> str:
    """An access rule for readers."""
    if access.anyone:
        return "Open to anyone."
    admitted = []
    if access.signed_in:
        admitted.append("signed-in users, for what is theirs")
    if access.owner_field:
        admitted.append("the user whom it is about")
    if access.staff_scope:
        admitted.append(f"staff with the scope `{access.staff_scope}`")
    return f"Open to {' and '.join(admitted)}."
