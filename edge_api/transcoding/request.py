"""Binding of REST requests to request messages, as `google.api.HttpRule` maps them.

Path variables and the body go to the fields that the binding names, query parameters to
the fields that are left; a method whose body is `*` has no query parameters.
"""

from dataclasses import dataclass, field
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from edge_api.codec import DecodeError, Decoder
from edge_api.codec.well_known.registry import Fill
from edge_api.problems.errors import BodyMalformed, RouteNotFound, body_malformed, parameter_invalid
from edge_api.transcoding.etag import Preconditions
from edge_api.transcoding.field_mask import MASK, MaskFromBody, is_required
from edge_api.transcoding.headers import HeaderFields
from edge_api.transcoding.http_body import is_raw, raw_filler
from edge_api.transcoding.parameters import (
    Parameter,
    fill_from_query,
    names_of,
    nested_parameter,
    parameters_of,
)
from edge_api.transcoding.path_template import Template, parse_template
from mesh.contract.model import ContractError, HttpBinding, Method

WHOLE = "*"


ABSENT = object()  # no body at all, which `null` is not


@dataclass(slots=True)
class Bound:
    """A request message, and the body's values of fields that the path binds."""

    request: Message
    claims: list[tuple[Parameter, Any]] = field(default_factory=list)

    def confirm(self) -> None:
        """Refuses a body that contradicts the path; to be called once `me` is resolved."""
        for parameter, claimed in self.claims:
            if parameter.value(self.request) != claimed:
                raise body_malformed(DecodeError("is another than in the path", parameter.path[-1]))


class Binding:
    """One HTTP binding of an RPC, compiled. Raises ContractError for an unknown field."""

    def __init__(self, method: Method, http: HttpBinding, decoder: Decoder) -> None:
        descriptor = method.descriptor.input_type
        self._request_class = method.request_class
        self.template: Template = parse_template(http.template)
        self._decoder, self._request_type = decoder, descriptor
        every = {parameter.path: parameter for parameter in parameters_of(descriptor, decoder)}
        self._first_level = every.keys()
        try:
            self.variables = [every[variable.field_path] for variable in self.template.variables]
            self.body_field = _body_field(method, http.body)
        except KeyError as error:
            raise ContractError(f"{http.template} binds an unknown field: {error}") from error
        self.takes_body = bool(http.body)
        self._http_body = http.body
        self.headers = HeaderFields(descriptor)
        self.preconditions = Preconditions(http.verb, descriptor, self.body_field)
        self.query = [] if http.body == WHOLE else self._left_over(every, http.body)
        self._by_name = {name: one for one in self.query for name in names_of(one)}
        self.takes_raw_body = self.body_field is not None and is_raw(self.body_field.message_type)
        self._fill_body = _body_filler(descriptor, self.body_field, decoder)
        self._mask = MaskFromBody.of(descriptor, self.body_field) if http.verb == "PATCH" else None

    def _left_over(self, every: dict[tuple[str, ...], Parameter], body: str) -> list[Parameter]:
        bound = {variable.path for variable in self.variables}
        bound |= {(name,) for name in self.headers.names}
        return [one for path, one in every.items() if path not in bound and path[0] != body]

    def _find(self, name: str) -> Parameter | None:
        """Finds a query parameter, also within a message that nests its own type."""
        found = self._by_name.get(name)
        if found is not None or self._http_body == WHOLE or "." not in name:
            return found
        nested = nested_parameter(self._request_type, name, self._decoder)
        if nested is None or nested.path in self._first_level or nested.path[0] == self._http_body:
            return None
        return nested

    def bind(self, variables: list[str], query: str, tree: Any) -> Bound:
        """Makes the request message. Raises BodyMalformed, ParameterInvalid, RouteNotFound.

        A path whose variable is no value of its field is not found.
        """
        bound = Bound(self._request_class())
        if tree is not ABSENT and not self.takes_body:
            raise BodyMalformed("this method takes no body")
        try:
            if tree is not ABSENT:
                self._fill_body(bound.request, tree)
        except DecodeError as error:
            raise body_malformed(error) from error
        self._bind_path(bound, variables)
        try:
            fill_from_query(bound.request, query, self._find)
        except DecodeError as error:
            raise parameter_invalid(error) from error
        if self._mask is not None and tree is not ABSENT:
            self._mask.fill(bound.request, tree)
        return bound

    def _bind_path(self, bound: Bound, variables: list[str]) -> None:
        for parameter, text in zip(self.variables, variables, strict=True):
            if claimed := parameter.value(bound.request):
                bound.claims.append((parameter, claimed))
            try:
                parameter.set(bound.request, text)
            except DecodeError as error:
                raise RouteNotFound from error

    def needs(self, parameter: Parameter) -> bool:
        """Returns whether a query must have the parameter; a mask is made from the body."""
        made = self._mask is not None and parameter.name == MASK
        return is_required(parameter.field) and not made

    def as_written(self, field_path: str) -> str:
        """Names a field of the request message as the REST client wrote it."""
        if self.body_field is None:
            return field_path
        return field_path.removeprefix(f"{self.body_field.name}.")


def _body_filler(request: Descriptor, field: FieldDescriptor | None, decoder: Decoder) -> Fill:
    if field is None:
        return decoder.of(request)
    return raw_filler(field) if is_raw(field.message_type) else decoder.member(field)


def _body_field(method: Method, body: str) -> FieldDescriptor | None:
    if body in ("", WHOLE):
        return None
    return method.descriptor.input_type.fields_by_name[body]
