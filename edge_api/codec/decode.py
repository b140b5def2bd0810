"""JSON trees to messages, by closures compiled from descriptors."""

from collections.abc import Callable
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from edge_api.codec import scalars, times, values
from edge_api.codec.fields import WRAPPERS, has_own_form, is_map
from edge_api.codec.mismatch import Mismatch, shown
from edge_api.codec.scalars import NULL_VALUE, Convert

Fill = Callable[[Any, Any], None]

_OWN_FORMS: dict[str, Fill] = {
    "google.protobuf.Timestamp": times.fill_timestamp,
    "google.protobuf.Duration": times.fill_duration,
    "google.protobuf.FieldMask": values.fill_mask,
    "google.protobuf.Struct": values.fill_struct,
    "google.protobuf.Value": values.fill_value,
    "google.protobuf.ListValue": values.fill_list,
}


class Decoder:
    """Compiles a decoder for a message type when it is first asked for.

    A decoder fills an empty message from a tree, or raises Mismatch with the path of the
    first member that does not fit.
    """

    def __init__(self) -> None:
        self._compiled: dict[str, Fill] = {}

    def of(self, descriptor: Descriptor) -> Fill:
        name = descriptor.full_name
        if name in self._compiled:
            return self._compiled[name]
        if name in _OWN_FORMS:
            self._compiled[name] = _OWN_FORMS[name]
        elif name in WRAPPERS:
            self._compiled[name] = self.setter(descriptor.fields_by_name["value"])
        elif name == "google.protobuf.Any":
            self._compiled[name] = self._any(descriptor)
        else:
            setters: dict[str, tuple[str, Fill]] = {}
            self._compiled[name] = _object(setters)  # first: types may nest themselves
            for field in descriptor.fields:
                setters[field.json_name] = setters[field.name] = field.name, self.member(field)
        return self._compiled[name]

    def member(self, field: FieldDescriptor) -> Fill:
        """Sets a field from the member of an object: `null` means unset."""
        fill = self.setter(field)
        oneof = field.containing_oneof
        if oneof is None or len(oneof.fields) == 1:  # alone: an `optional` field
            return fill if _takes_null(field) else _unless_null(fill)

        def only_one(message: Message, value: Any) -> None:
            if (other := message.WhichOneof(oneof.name)) is not None:
                raise Mismatch(f"can't be given together with {other}")
            fill(message, value)

        return only_one if _takes_null(field) else _unless_null(only_one)

    def setter(self, field: FieldDescriptor) -> Fill:
        """Sets a field from a JSON value that is there."""
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
        append = self.appender(field)

        def set_list(message: Message, value: Any) -> None:
            if not isinstance(value, list):
                raise Mismatch("must be a list")
            for index, item in enumerate(value):
                try:
                    append(message, item)
                except Mismatch as error:
                    raise error.inside(f"[{index}]") from None

        return set_list

    def appender(self, field: FieldDescriptor) -> Fill:
        """Adds one item to a repeated field."""
        name = field.name
        if field.message_type is not None:
            fill = self.of(field.message_type)
            return lambda message, item: fill(getattr(message, name).add(), item)
        convert = scalars.from_json(field)
        return lambda message, item: getattr(message, name).append(convert(item))

    def _map(self, field: FieldDescriptor) -> Fill:
        kind, name = field.message_type.fields_by_name, field.name
        key_of = _key(kind["key"])
        put: Callable[[Any, Any, Any], None]
        if kind["value"].message_type is not None:
            fill = self.of(kind["value"].message_type)
            put = lambda found, key, value: fill(found[key], value)  # noqa: E731  # a def a branch says no more
        else:
            convert = scalars.from_json(kind["value"])
            put = lambda found, key, value: found.__setitem__(key, convert(value))  # noqa: E731

        def set_map(message: Message, value: Any) -> None:
            if not isinstance(value, dict):
                raise Mismatch("must be an object")
            found = getattr(message, name)
            for key, item in value.items():
                try:
                    put(found, key_of(key), item)
                except Mismatch as error:
                    raise error.inside(f'["{shown(key)}"]') from None

        return set_map

    def _any(self, descriptor: Descriptor) -> Fill:
        pool = descriptor.file.pool

        def fill(message: Any, tree: Any) -> None:
            if not isinstance(tree, dict):
                raise Mismatch("must be an object")
            if not tree:
                return
            members = dict(tree)
            type_url = members.pop("@type", None)
            if not isinstance(type_url, str) or "/" not in type_url:
                raise Mismatch("must be a type URL").inside("@type")
            try:
                inner = pool.FindMessageTypeByName(type_url.rpartition("/")[2])
            except KeyError:
                raise Mismatch("is not a type of this API").inside("@type") from None
            value = GetMessageClass(inner)()
            if has_own_form(inner) and set(members) != {"value"}:
                raise Mismatch("must have @type and value, nothing else")
            self.of(inner)(value, members["value"] if has_own_form(inner) else members)
            message.type_url, message.value = type_url, value.SerializeToString()

        return fill


def _object(setters: dict[str, tuple[str, Fill]]) -> Fill:
    def fill(message: Message, tree: Any) -> None:
        if not isinstance(tree, dict):
            raise Mismatch("must be an object")
        for name, value in tree.items():
            found = setters.get(name)
            if found is None:
                raise Mismatch("is unknown", shown(name))
            if found[0] != name and found[0] in tree:
                raise Mismatch(f"is given twice, also as {found[0]}", name)
            try:
                found[1](message, value)
            except Mismatch as error:
                raise error.inside(name) from None

    return fill


def _unless_null(fill: Fill) -> Fill:
    def fill_unless_null(message: Message, value: Any) -> None:
        if value is not None:
            fill(message, value)

    return fill_unless_null


def _takes_null(field: FieldDescriptor) -> bool:
    """Value and NullValue have a null of their own."""
    if field.is_repeated:
        return False
    if field.message_type is not None:
        return field.message_type.full_name == "google.protobuf.Value"
    return field.enum_type is not None and field.enum_type.full_name == NULL_VALUE


def _key(field: FieldDescriptor) -> Convert:
    """Map keys are strings in JSON, whatever they are in the message."""
    if field.type != FieldDescriptor.TYPE_BOOL:
        return scalars.from_json(field)

    def convert(key: Any) -> bool:
        if key not in ("true", "false"):
            raise Mismatch("must be true or false")
        return bool(key == "true")

    return convert
