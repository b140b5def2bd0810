"""Request fields that are received as text: query parameters and path variables.

Names are field paths (`page_size`, `filter.state`), in the `.proto`'s words or in
lowerCamel; a repeated field is a repeated parameter, and a repeated message is none. The
texts follow the JSON mapping.
Source: google/api/http.proto, "Rules for HTTP mapping".
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from edge_api.codec import DecodeError, Decoder
from edge_api.codec.descriptors import find_field
from edge_api.codec.errors import shown
from edge_api.codec.text import MAX_DEPTH
from edge_api.codec.well_known.registry import WRAPPERS, has_own_form, has_text_form
from edge_api.transcoding.percent import parse_query

_DIGITS = re.compile(r"-?[0-9]+", re.ASCII)
_BOOLS = {"true": True, "false": False}
_TIMESTAMP = "google.protobuf.Timestamp"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A field of the request, or of a message in it, that can be set from text."""

    path: tuple[str, ...]
    field: FieldDescriptor
    put: Callable[[Message, Any], None]
    oneof: str

    @property
    def name(self) -> str:
        return ".".join(self.path)

    def set(self, request: Message, text: str) -> None:
        """Sets the field, or adds to a repeated one. Raises DecodeError."""
        message = self.owner(request)
        if self.oneof and (other := message.WhichOneof(self.oneof)) is not None:
            raise DecodeError(f"can't be given together with {other}")
        self.put(message, _json_value(self.field, text))

    def owner(self, request: Message) -> Message:
        """Returns the message that the field belongs to, at the end of the path."""
        for name in self.path[:-1]:
            request = getattr(request, name)
        return request

    def value(self, request: Message) -> Any:
        return getattr(self.owner(request), self.path[-1])


def parameters_of(
    descriptor: Descriptor,
    decoder: Decoder,
    prefix: tuple[str, ...] = (),
    within: tuple[str, ...] = (),
) -> Iterator[Parameter]:
    """Yields every field of a message type that can be a parameter, nested ones included.

    Of a type that nests itself only the first level is yielded: see `nested_parameter`.
    """
    within = (*within, descriptor.full_name)
    for field in descriptor.fields:
        path = (*prefix, field.name)
        if is_text(field):
            yield parameter_of(path, field, decoder)
        elif (kind := _members_of(field)) is not None and kind.full_name not in within:
            yield from parameters_of(kind, decoder, path, within)


def is_text(field: FieldDescriptor) -> bool:
    return field.message_type is None or has_text_form(field.message_type)


def parameter_of(path: tuple[str, ...], field: FieldDescriptor, decoder: Decoder) -> Parameter:
    put = decoder.appender(field) if field.is_repeated else decoder.setter(field)
    oneof = field.containing_oneof
    return Parameter(path, field, put, oneof.name if oneof and len(oneof.fields) > 1 else "")


def nested_parameter(descriptor: Descriptor, name: str, decoder: Decoder) -> Parameter | None:
    """Returns the parameter of a name such as `inner.inner.text`, as deep as a body may nest."""
    if name.count(".") >= MAX_DEPTH:
        return None
    path: list[str] = []
    inside: Descriptor | None = descriptor
    for step in name.split("."):
        field = find_field(inside, step) if inside is not None else None
        if field is None:
            return None
        path.append(field.name)
        inside = None if is_text(field) else _members_of(field)
    return parameter_of(tuple(path), field, decoder) if field and is_text(field) else None


def _members_of(field: FieldDescriptor) -> Descriptor | None:
    """Returns the type of a field whose members are parameters of their own."""
    kind = field.message_type
    return None if kind is None or field.is_repeated or has_own_form(kind) else kind


def _json_value(field: FieldDescriptor, text: str) -> Any:
    """Returns the JSON value of a text; numbers may stay texts in JSON."""
    if field.message_type is not None and field.message_type.full_name in WRAPPERS:
        field = field.message_type.fields_by_name["value"]
    elif field.message_type is not None and field.message_type.full_name == _TIMESTAMP:
        return text.replace(" ", "+")  # of an offset, in a query that was not encoded
    if field.type == FieldDescriptor.TYPE_BOOL:
        return _BOOLS.get(text, text)
    if field.type == FieldDescriptor.TYPE_ENUM and len(text) < 12 and _DIGITS.fullmatch(text):
        return int(text)
    return text


def names_of(parameter: Parameter) -> set[str]:
    """Returns the names by which a client may call the parameter."""
    camel = ".".join(_camel(name) for name in parameter.path)
    return {parameter.name, camel}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


Find = Callable[[str], Parameter | None]


def fill_from_query(request: Message, query: str, find: Find) -> None:
    """Sets the fields that a query names, each once unless repeated. Raises DecodeError."""
    seen: set[str] = set()
    for name, text in parse_query(query):
        parameter = find(name)
        if parameter is None:
            raise DecodeError("is not a parameter of this method", shown(name))
        if parameter.name in seen and not parameter.field.is_repeated:
            raise DecodeError("is given twice", shown(name))
        seen.add(parameter.name)
        try:
            parameter.set(request, text)
        except DecodeError as error:
            raise error.inside(shown(name)) from None
