"""Encodes messages as JSON, by a function for each message type.

Its source is written from the descriptor, so that a field costs what its attribute does:

    def encode(message):
        out = {'sku': message.sku}
        if message.HasField('price'):
            out['price'] = type_google_1type_1Money(message.price)
        return out

Figures beside those of a closure for each field: docs/decisions/0006-codec.md.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import takewhile
from keyword import iskeyword
from typing import Any

import orjson
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from edge_api.codec import scalars
from edge_api.codec.descriptors import is_map, map_fields
from edge_api.codec.well_known.registry import WELL_KNOWN, WRAPPERS, Encode


class Encoder:
    """Compiles an encoder for a message type when it is first asked for."""

    def __init__(self) -> None:
        # What the sources name: encoders of other types, by `_name_of`, and conversions.
        self._names: dict[str, Any] = {"bool_key": _bool_key}

    def dumps(self, message: Message) -> bytes:
        descriptor: Any = message.DESCRIPTOR  # stubs know two implementations
        return orjson.dumps(self.of(descriptor)(message))

    def of(self, descriptor: Descriptor) -> Encode:
        """Returns what makes a message of this type a value that `orjson.dumps` takes."""
        name, full_name = _name_of(descriptor), descriptor.full_name
        if name not in self._names:
            self._names[name] = None  # until it is compiled: types may nest themselves
            if full_name in WELL_KNOWN:
                self._names[name] = WELL_KNOWN[full_name].encoder(self.of)
            elif full_name in WRAPPERS:
                self._names[name] = self._compiled(
                    f"return {self._value(descriptor.fields_by_name['value'], 'message.value')}"
                )
            else:
                self._names[name] = self._compiled(*self._object(descriptor.fields), "return out")
        encode: Encode = self._names[name]
        return encode

    def values_of(self, field: FieldDescriptor) -> Encode:
        """Returns what makes the value of a whole field, list or map included, JSON."""
        return self._compiled(f"return {self._whole(field, 'message')}")

    def _compiled(self, *body: str) -> Encode:
        """Returns a function of `message` with this body.

        All of it comes from descriptors, in which a name is an identifier.
        """
        made: dict[str, Encode] = {}
        source = "\n    ".join(["def encode(message):", *body])
        exec(source, self._names, made)  # noqa: S102  # see the docstring
        return made["encode"]

    def _object(self, fields: Sequence[FieldDescriptor]) -> Iterator[str]:
        """Yields the statements that make `out`, in the order of the fields."""
        always = list(takewhile(lambda field: not field.has_presence, fields))
        members = ", ".join(f"{field.name!r}: {self._of_field(field)}" for field in always)
        yield f"out = {{{members}}}"
        for field in fields[len(always) :]:
            put = f"out[{field.name!r}] = {self._of_field(field)}"
            yield f"if message.HasField({field.name!r}): {put}" if field.has_presence else put

    def _of_field(self, field: FieldDescriptor) -> str:
        name = field.name
        value = f"getattr(message, {name!r})" if iskeyword(name) else f"message.{name}"
        return self._whole(field, value)

    def _whole(self, field: FieldDescriptor, value: str) -> str:
        if is_map(field):
            of_key, of_value = map_fields(field)
            key = "bool_key" if of_key.type == FieldDescriptor.TYPE_BOOL else "str"
            each = self._value(of_value, "each")
            return f"{{{key}(key): {each} for key, each in sorted({value}.items())}}"
        if field.is_repeated:
            return f"[{self._value(field, 'each')} for each in {value}]"
        return self._value(field, value)

    def _value(self, field: FieldDescriptor, value: str) -> str:
        """Returns the expression that makes one value JSON."""
        if field.message_type is not None:
            self.of(field.message_type)
            return f"{_name_of(field.message_type)}({value})"
        if field.enum_type is not None:
            name = f"enum_{_identifier(field.enum_type.full_name)}"
            self._names[name] = scalars.enum_names(field.enum_type)
            return f"{name}[{value}]"
        convert = scalars.to_json(field)
        return value if convert is None else f"{self._named(convert)}({value})"

    def _named(self, convert: Callable[[Any], Any]) -> str:
        self._names[convert.__name__] = convert
        return convert.__name__


def _name_of(descriptor: Descriptor) -> str:
    return f"type_{_identifier(descriptor.full_name)}"


def _identifier(full_name: str) -> str:
    """Returns an identifier that is no other full name's."""
    return full_name.replace("_", "__").replace(".", "_1")


def _bool_key(value: bool) -> str:
    return "true" if value else "false"
