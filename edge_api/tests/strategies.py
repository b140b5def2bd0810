"""Hypothesis strategies for messages of any type, from descriptors."""

from typing import Any

from google.protobuf import any_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from hypothesis import strategies as st

from edge_api.codec.descriptors import is_map, map_fields
from edge_api.codec.numbers import RANGES

_TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)
_NAME = st.from_regex(r"[a-z]{1,5}(_[a-z]{1,5}){0,2}", fullmatch=True)
MAX_NESTED = 2


def messages(descriptor: Descriptor, depth: int = 0) -> st.SearchStrategy[Message]:
    """Returns messages with any of their fields set, as they could be received."""

    @st.composite
    def build(draw: st.DrawFn) -> Message:
        message = GetMessageClass(descriptor)()
        if fill := _FILLERS.get(descriptor.full_name):
            fill(draw, message)
            return message
        chosen = (
            draw(st.sets(st.sampled_from([f.name for f in descriptor.fields]), max_size=6))
            if descriptor.fields
            else set()
        )
        for name in sorted(chosen):
            _set(draw, message, descriptor.fields_by_name[name], depth)
        return message

    return build()


def _set(draw: st.DrawFn, message: Message, field: FieldDescriptor, depth: int) -> None:
    target: Any = getattr(message, field.name)
    if is_map(field):
        key_field, value_field = map_fields(field)
        for key in draw(st.lists(_value(key_field, depth), max_size=2)):
            value = draw(_value(value_field, depth))
            if isinstance(value, Message):
                target[key].CopyFrom(value)
            else:
                target[key] = value
    elif field.is_repeated:
        target.extend(draw(st.lists(_value(field, depth), max_size=3)))
    elif field.message_type is not None:
        if depth < MAX_NESTED:
            target.CopyFrom(draw(messages(field.message_type, depth + 1)))
            target.SetInParent()
    else:
        setattr(message, field.name, draw(_value(field, depth)))


def _value(field: FieldDescriptor, depth: int) -> st.SearchStrategy[Any]:
    if field.message_type is not None:
        return messages(field.message_type, depth + 1)
    if field.enum_type is not None:
        return st.sampled_from([value.number for value in field.enum_type.values])
    if field.type in RANGES:
        return st.integers(*RANGES[field.type])
    return {
        FieldDescriptor.TYPE_BOOL: st.booleans(),
        FieldDescriptor.TYPE_STRING: _TEXT,
        FieldDescriptor.TYPE_BYTES: st.binary(max_size=8),
        FieldDescriptor.TYPE_DOUBLE: st.floats(),
        FieldDescriptor.TYPE_FLOAT: st.floats(width=32),
    }[field.type]


def _timestamp(draw: st.DrawFn, message: Any) -> None:
    message.seconds = draw(st.integers(-62135596800, 253402300799))
    message.nanos = draw(_NANOS)


def _duration(draw: st.DrawFn, message: Any) -> None:
    sign = draw(st.sampled_from([1, -1]))
    message.seconds = sign * draw(st.integers(0, 315_575_999_999))
    message.nanos = sign * draw(_NANOS)


def _mask(draw: st.DrawFn, message: Any) -> None:
    message.paths.extend(draw(st.lists(_NAME, max_size=3)))


def _json_value(draw: st.DrawFn, message: Any) -> None:
    match draw(st.sampled_from(["null", "number", "string", "bool", "list"])):
        case "null":
            message.null_value = 0
        case "number":
            message.number_value = draw(st.floats(allow_nan=False, allow_infinity=False))
        case "string":
            message.string_value = draw(_TEXT)
        case "bool":
            message.bool_value = draw(st.booleans())
        case "list":
            message.list_value.values.add(string_value=draw(_TEXT))


def _struct(draw: st.DrawFn, message: Any) -> None:
    for key in draw(st.lists(_TEXT, max_size=2)):
        _json_value(draw, message.fields[key])


def _list(draw: st.DrawFn, message: Any) -> None:
    for _ in range(draw(st.integers(0, 2))):
        _json_value(draw, message.values.add())


def _any(draw: st.DrawFn, message: any_pb2.Any) -> None:
    """Packs a Line where the contract has one, or a Timestamp, which all have."""
    pool = message.DESCRIPTOR.file.pool
    names = ["toy.v1.Line", "google.protobuf.Timestamp"]
    name = draw(st.sampled_from(names[-1:] if _is_unknown(names[0], pool) else names))
    message.Pack(draw(messages(pool.FindMessageTypeByName(name), MAX_NESTED)))


def _is_unknown(name: str, pool: Any) -> bool:
    try:
        pool.FindMessageTypeByName(name)
    except KeyError:
        return True
    return False


_NANOS = st.one_of(
    st.just(0), st.integers(0, 999).map(lambda ms: ms * 1_000_000), st.integers(0, 999_999_999)
)
_FILLERS: dict[str, Any] = {
    "google.protobuf.Timestamp": _timestamp,
    "google.protobuf.Duration": _duration,
    "google.protobuf.FieldMask": _mask,
    "google.protobuf.Value": _json_value,
    "google.protobuf.Struct": _struct,
    "google.protobuf.ListValue": _list,
    "google.protobuf.Any": _any,
}
