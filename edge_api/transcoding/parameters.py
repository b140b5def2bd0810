"""Request fields that are received as text: query parameters and path variables.

Names are field paths (`page_size`, `filter.state`), in the `.proto`'s words or in
lowerCamel; a repeated field is a repeated parameter. The texts follow the JSON mapping.
Source: google/api/http.proto, "Rules for HTTP mapping".
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from edge_api.codec import DecodeError, Decoder
from edge_api.codec.errors import shown
from edge_api.codec.well_known.registry import WRAPPERS, has_own_form, has_text_form
from edge_api.transcoding.percent import parse_query

_DIGITS = re.compile(r"-?[0-9]+", re.ASCII)
_BOOLS = {"true": True, "false": False}


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
    """Yields every field of a message type that can be a parameter, nested ones included."""
    within = (*within, descriptor.full_name)
    for field in descriptor.fields:
        path, kind = (*prefix, field.name), field.message_type
        if kind is not None and not has_text_form(kind):
            if not (field.is_repeated or has_own_form(kind) or kind.full_name in within):
                yield from parameters_of(kind, decoder, path, within)
            continue
        put = decoder.appender(field) if field.is_repeated else decoder.setter(field)
        oneof = field.containing_oneof
        yield Parameter(path, field, put, oneof.name if oneof and len(oneof.fields) > 1 else "")


def _json_value(field: FieldDescriptor, text: str) -> Any:
    """Returns the JSON value of a text; numbers may stay texts in JSON."""
    if field.message_type is not None and field.message_type.full_name in WRAPPERS:
        field = field.message_type.fields_by_name["value"]
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


def fill_from_query(request: Message, query: str, known: dict[str, Parameter]) -> None:
    """Sets the fields that a query names, each once unless repeated. Raises DecodeError."""
    seen: set[str] = set()
    for name, text in parse_query(query):
        parameter = known.get(name)
        if parameter is None:
            raise DecodeError("is not a parameter of this method", shown(name))
        if parameter.name in seen and not parameter.field.is_repeated:
            raise DecodeError("is given twice", shown(name))
        seen.add(parameter.name)
        try:
            parameter.set(request, text)
        except DecodeError as error:
            raise error.inside(shown(name)) from None
