"""Decodes JSON trees to messages, by closures compiled from descriptors.

A list or map that is longer than the contract allows is refused before its items are decoded.
"""

from collections.abc import Callable, Mapping, Sized
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from edge_api.codec import scalars
from edge_api.codec.descriptors import is_map, map_fields
from edge_api.codec.errors import DecodeError, shown
from edge_api.codec.scalars import NULL_VALUE
from edge_api.codec.well_known.registry import WELL_KNOWN, WRAPPERS, Fill
from mesh.contract.bounds import Bound, bound_of


def object_filler(setters: Mapping[str, tuple[str, Fill]]) -> Fill:
    """Returns what fills a message; `setters` has a field's name and setter by JSON name."""

    def fill(message: Message, tree: Any) -> None:
        if not isinstance(tree, dict):
            raise DecodeError("must be an object")
        for name, value in tree.items():
            found = setters.get(name)
            if found is None:
                raise DecodeError("is unknown", shown(name))
            if found[0] != name and found[0] in tree:
                raise DecodeError(f"is given twice, also as {found[0]}", name)
            try:
                found[1](message, value)
            except DecodeError as error:
                raise error.inside(name) from None

    return fill


def unless_null(fill: Fill) -> Fill:
    def fill_unless_null(message: Message, value: Any) -> None:
        if value is not None:
            fill(message, value)

    return fill_unless_null


def takes_null(field: FieldDescriptor) -> bool:
    """Returns whether `null` is a value of the field: it is one of Value and NullValue."""
    if field.is_repeated:
        return False
    if field.message_type is not None:
        known = WELL_KNOWN.get(field.message_type.full_name)
        return known is not None and known.has_null
    return field.enum_type is not None and field.enum_type.full_name == NULL_VALUE


class Decoder:
    """Compiles a decoder for a message type when it is first asked for.

    A decoder fills an empty message from a tree, or raises DecodeError with the path of the
    first member that does not fit.
    """

    def __init__(self) -> None:
        self._compiled: dict[str, Fill] = {}

    def of(self, descriptor: Descriptor) -> Fill:
        name = descriptor.full_name
        if name in self._compiled:
            return self._compiled[name]
        if name in WELL_KNOWN:
            self._compiled[name] = WELL_KNOWN[name].filler(self.of)
        elif name in WRAPPERS:
            self._compiled[name] = self.setter(descriptor.fields_by_name["value"])
        else:
            setters: dict[str, tuple[str, Fill]] = {}
            self._compiled[name] = object_filler(setters)  # first: types may nest themselves
            for field in descriptor.fields:
                setters[field.json_name] = setters[field.name] = field.name, self.member(field)
        return self._compiled[name]

    def member(self, field: FieldDescriptor) -> Fill:
        """Returns what sets a field from an object's member, whose `null` means unset."""
        fill = self.setter(field)
        oneof = field.containing_oneof
        if oneof is None or len(oneof.fields) == 1:  # alone: an `optional` field
            return fill if takes_null(field) else unless_null(fill)

        def only_one(message: Message, value: Any) -> None:
            if (other := message.WhichOneof(oneof.name)) is not None:
                raise DecodeError(f"can't be given together with {other}")
            fill(message, value)

        return only_one if takes_null(field) else unless_null(only_one)

    def setter(self, field: FieldDescriptor) -> Fill:
        """Returns what sets a field from a JSON value that is there."""
        if is_map(field):
            return self._map(field)
        if field.is_repeated:
            return self._list(field)
        name = field.name
        if field.message_type is not None:
            fill = self.of(field.message_type)

            def set_message(message: Message, value: Any) -> None:
                inner = getattr(message, name)
                inner.SetInParent()
                fill(inner, value)

            return set_message
        convert = scalars.from_json(field)
        return lambda message, value: setattr(message, name, convert(value))

    def _list(self, field: FieldDescriptor) -> Fill:
        append, bound = self._append(field), bound_of(field)

        def set_list(message: Message, value: Any) -> None:
            if not isinstance(value, list):
                raise DecodeError("must be a list")
            _check_size(value, bound)
            for index, item in enumerate(value):
                try:
                    append(message, item)
                except DecodeError as error:
                    raise error.inside(f"[{index}]") from None

        return set_list

    def appender(self, field: FieldDescriptor) -> Fill:
        """Returns what adds one item to a repeated field, within the field's limit."""
        name, append, bound = field.name, self._append(field), bound_of(field)

        def append_within(message: Message, item: Any) -> None:
            append(message, item)
            _check_size(getattr(message, name), bound)

        return append_within

    def _append(self, field: FieldDescriptor) -> Fill:
        name = field.name
        if field.message_type is not None:
            fill = self.of(field.message_type)
            return lambda message, item: fill(getattr(message, name).add(), item)
        convert = scalars.from_json(field)
        return lambda message, item: getattr(message, name).append(convert(item))

    def _map(self, field: FieldDescriptor) -> Fill:
        name = field.name
        key_field, value_field = map_fields(field)
        key_of, bound = scalars.map_key(key_field), bound_of(field)
        put: Callable[[Any, Any, Any], None]
        if value_field.message_type is not None:
            fill = self.of(value_field.message_type)
            put = lambda found, key, value: fill(found[key], value)  # noqa: E731  # a def a branch says no more
        else:
            convert = scalars.from_json(value_field)
            put = lambda found, key, value: found.__setitem__(key, convert(value))  # noqa: E731

        def set_map(message: Message, value: Any) -> None:
            if not isinstance(value, dict):
                raise DecodeError("must be an object")
            _check_size(value, bound)
            found = getattr(message, name)
            for key, item in value.items():
                try:
                    put(found, key_of(key), item)
                except DecodeError as error:
                    raise error.inside(f'["{shown(key)}"]') from None

        return set_map


def _check_size(value: Sized, bound: Bound | None) -> None:
    if bound is not None and len(value) > bound.most:
        raise DecodeError(bound.description, rule=bound.rule)
