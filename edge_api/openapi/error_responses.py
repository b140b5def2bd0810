"""The error responses of operations in the OpenAPI document, and the schema that all have."""

from collections.abc import Mapping, Sequence

from drf_spectacular.plumbing import ComponentRegistry, ResolvedComponent

from edge_api.openapi.constraints import Schema
from edge_api.openapi.headers import response_headers
from edge_api.problems.problem import ERRORS_PAGE, MOST_CHARS, PROBLEM_JSON, RETRIED_LATER
from mesh.contract.validation import MOST_LISTED

_TEXT = {"type": "string", "maxLength": MOST_CHARS}
_CODE = {"type": "string", "pattern": "^[A-Z][A-Z0-9_]*$", "maxLength": 64}
_FIELD_ERROR = {
    "type": "object",
    "description": "What is wrong with one field.",
    "properties": {
        "field": _TEXT | {"description": "Its path, such as `items[0].quantity`."},
        "detail": _TEXT | {"description": "What is wrong, for people."},
        "code": {
            "type": "string",
            "description": "The rule that is broken, such as `int32.gte`, or the problem's code.",
        },
    },
    "required": ["field", "detail", "code"],
}
_PROBLEM: Schema = {
    "type": "object",
    "description": "An error (RFC 9457).",
    "properties": {
        "type": {
            "type": "string",
            "format": "uri-reference",
            "description": "Where the code is explained.",
            "examples": [f"{ERRORS_PAGE}#RATE_LIMITED"],
        },
        "title": _TEXT | {"description": "The code, for people."},
        "status": {
            "type": "integer",
            "format": "int32",
            "minimum": 400,
            "maximum": 599,
            "description": "The HTTP status.",
        },
        "detail": _TEXT | {"description": "What happened, for people; not for programs."},
        "instance": _TEXT | {"description": "The path of the request; empty where that is long."},
        "code": _CODE | {"description": "Stable reason, for programs. Codes may be added."},
        "request_id": {
            "type": "string",
            "maxLength": 64,
            "description": "`X-Request-Id`, which finds the request in the logs.",
        },
        "errors": {
            "type": "array",
            "maxItems": MOST_LISTED,
            "description": "The fields that are to blame, if any are.",
            "items": {"$ref": "#/components/schemas/FieldError"},
        },
    },
    "required": ["type", "title", "status", "detail", "instance", "code", "request_id", "errors"],
}
_DEFAULT = "Any other status: of a proxy in between, or one that was added since."


class ErrorResponses:
    """Describes error responses.

    A status with one code becomes a shared component, as most operations return the same one.
    """

    def __init__(self, registry: ComponentRegistry) -> None:
        self._registry = registry
        self._register(ResolvedComponent.SCHEMA, "FieldError", _FIELD_ERROR)
        self._register(ResolvedComponent.SCHEMA, "Problem", _PROBLEM)

    def responses_for(self, codes: Mapping[int, Sequence[str]]) -> Schema:
        """Returns the responses for each status, and the default one."""
        found = {str(status): self._response(status, codes[status]) for status in codes}
        return found | {"default": self._shared("Problem", _response(None, _DEFAULT))}

    def _response(self, status: int, codes: Sequence[str]) -> Schema:
        made = _response(status, ", ".join(f"`{code}`" for code in codes))
        return made if len(codes) > 1 else self._shared(f"{_camel(codes[0])}{status}", made)

    def _shared(self, name: str, response: Schema) -> Schema:
        return self._register(ResolvedComponent.RESPONSE, name, response)

    def _register(self, kind: str, name: str, schema: Schema) -> Schema:
        component = ResolvedComponent(name=name, type=kind, schema=schema, object=name)
        self._registry.register_on_missing(component)
        return dict(component.ref)


def _response(status: int | None, description: str) -> Schema:
    """Describes a response; `status` is None for any other than those listed."""
    extra_headers = ["Retry-After"] if status in RETRIED_LATER else []
    extra_headers += ["WWW-Authenticate"] if status == 401 else []
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        "description": description,
        "headers": response_headers(extra_headers),
        "content": {PROBLEM_JSON: {"schema": schema}},
    }


def _camel(code: str) -> str:
    return "".join(word.capitalize() for word in code.split("_"))
