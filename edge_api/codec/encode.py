"""Encodes messages as JSON, by closures compiled from their descriptors."""

from collections.abc import Callable
from typing import Any

import orjson
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from edge_api.codec import scalars
from edge_api.codec.descriptors import is_map, map_fields
from edge_api.codec.well_known.registry import WELL_KNOWN, WRAPPERS, Encode

Put = Callable[[Message, dict[str, Any]], None]


class Encoder:
    """Compiles an encoder for a message type when it is first asked for."""

    def __init__(self) -> None:
        self._compiled: dict[str, Encode] = {}

    def dumps(self, message: Message) -> bytes:
        descriptor: Any = message.DESCRIPTOR  # stubs know two implementations
        return orjson.dumps(self.of(descriptor)(message))

    def of(self, descriptor: Descriptor) -> Encode:
        """Returns what makes a message of this type a value that `orjson.dumps` takes."""
        name = descriptor.full_name
        if name in self._compiled:
            return self._compiled[name]
        if name in WELL_KNOWN:
            self._compiled[name] = WELL_KNOWN[name].encoder(self.of)
        elif name in WRAPPERS:
            convert = self._value(descriptor.fields_by_name["value"]) or _as_it_is
            self._compiled[name] = lambda message: convert(message.value)
        else:
            puts: list[Put] = []
            self._compiled[name] = _object(puts)  # before its fields: types may nest themselves
            puts.extend(self._put(field) for field in descriptor.fields)
        return self._compiled[name]

    def values_of(self, field: FieldDescriptor) -> Encode:
        """Returns what makes the value of a whole field, list or map included, JSON."""
        convert = self._value(field)
        if is_map(field):
            return self._map(field)
        if field.is_repeated:
            if convert is None:
                return list
            each = convert
            return lambda found: [each(value) for value in found]
        return convert or _as_it_is

    def _put(self, field: FieldDescriptor) -> Put:
        name, convert = field.name, self.values_of(field)
        if field.has_presence:

            def put_if_set(message: Message, out: dict[str, Any]) -> None:
                if message.HasField(name):
                    out[name] = convert(getattr(message, name))

            return put_if_set
        if convert is _as_it_is:

            def put_plain(message: Message, out: dict[str, Any]) -> None:
                out[name] = getattr(message, name)

            return put_plain

        def put(message: Message, out: dict[str, Any]) -> None:
            out[name] = convert(getattr(message, name))

        return put

    def _value(self, field: FieldDescriptor) -> Encode | None:
        if field.message_type is not None:
            return None if is_map(field) else self.of(field.message_type)
        return scalars.to_json(field)

    def _map(self, field: FieldDescriptor) -> Encode:
        key_field, value_field = map_fields(field)
        convert = self._value(value_field) or _as_it_is
        key = _bool_key if key_field.type == FieldDescriptor.TYPE_BOOL else str
        return lambda found: {key(name): convert(found[name]) for name in sorted(found)}


def _object(puts: list[Put]) -> Encode:
    def encode(message: Message) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for put in puts:
            put(message, out)
        return out

    return encode


def _as_it_is(value: Any) -> Any:
    return value


def _bool_key(value: bool) -> str:
    return "true" if value else "false"
