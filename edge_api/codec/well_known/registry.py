"""The message types whose JSON form is not an object with a member a field.

Encoder, decoder, OpenAPI document and query parameters all read this one table: a type gets a
JSON form of its own by a row in WELL_KNOWN.
Source: protobuf.dev, ProtoJSON format.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf.descriptor import Descriptor
from google.protobuf.message_factory import GetMessageClass

from edge_api.codec.errors import DecodeError
from edge_api.codec.well_known import struct_and_mask, times

Encode = Callable[[Any], Any]
Fill = Callable[[Any, Any], None]


@dataclass(frozen=True, slots=True)
class WellKnown:
    """The JSON form of one message type.

    `encoder` and `filler` are given the function that compiles another type, which only
    Any needs. `schema` is the form's JSON Schema. `is_text` says whether a query parameter
    or path variable can hold the type, `has_null` whether `null` is one of its values.
    """

    encoder: Callable[[Callable[[Descriptor], Encode]], Encode]
    filler: Callable[[Callable[[Descriptor], Fill]], Fill]
    schema: Mapping[str, Any]
    is_text: bool = False
    has_null: bool = False


def has_own_form(descriptor: Descriptor) -> bool:
    """Returns whether messages of this type are not simply objects with a member a field."""
    return descriptor.full_name in WELL_KNOWN or descriptor.full_name in WRAPPERS


def has_text_form(descriptor: Descriptor) -> bool:
    """Returns whether a query parameter or path variable can hold messages of this type."""
    known = WELL_KNOWN.get(descriptor.full_name)
    return known.is_text if known is not None else descriptor.full_name in WRAPPERS


def _fixed(encode: Encode, fill: Fill, schema: Mapping[str, Any], **flags: bool) -> WellKnown:
    return WellKnown(lambda _: encode, lambda _: fill, schema, **flags)


# Any has the members of the message in it, or a `value` of that message's own form.
TYPE, VALUE = "@type", "value"


def _any_encoder(of: Callable[[Descriptor], Encode]) -> Encode:
    def encode(message: Any) -> dict[str, Any]:
        if not message.type_url:
            return {}
        inner = _type_named(message.type_url, message)
        value = of(inner)(GetMessageClass(inner).FromString(message.value))
        return {TYPE: message.type_url, **({VALUE: value} if has_own_form(inner) else value)}

    return encode


def _any_filler(of: Callable[[Descriptor], Fill]) -> Fill:
    """Returns what fills an Any from an object, for types of the contract only."""

    def fill(message: Any, tree: Any) -> None:
        if not isinstance(tree, dict):
            raise DecodeError("must be an object")
        if not tree:
            return
        members = dict(tree)
        type_url = members.pop(TYPE, None)
        if not isinstance(type_url, str) or "/" not in type_url:
            raise DecodeError("must be a type URL", TYPE)
        try:
            inner = _type_named(type_url, message)
        except KeyError:
            raise DecodeError("is not a type of this API", TYPE) from None
        if has_own_form(inner) and set(members) != {VALUE}:
            raise DecodeError("must have @type and value, nothing else")
        value = GetMessageClass(inner)()
        of(inner)(value, members[VALUE] if has_own_form(inner) else members)
        message.type_url, message.value = type_url, value.SerializeToString()

    return fill


def _type_named(type_url: str, within: Any) -> Descriptor:
    """Finds a type in the contract that `within` belongs to. Raises KeyError."""
    pool = within.DESCRIPTOR.file.pool
    found: Descriptor = pool.FindMessageTypeByName(type_url.rpartition("/")[2])
    return found


_PATH = struct_and_mask.MASK_PATH.pattern
_DURATION = {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]{1,9})?s$"}
_MASK = {"type": "string", "pattern": f"^({_PATH}(,{_PATH})*)?$"}

WELL_KNOWN: Mapping[str, WellKnown] = {
    "google.protobuf.Timestamp": _fixed(
        times.timestamp_to_json,
        times.fill_timestamp,
        {"type": "string", "format": "date-time"},
        is_text=True,
    ),
    "google.protobuf.Duration": _fixed(
        times.duration_to_json, times.fill_duration, _DURATION, is_text=True
    ),
    "google.protobuf.FieldMask": _fixed(
        struct_and_mask.mask_to_json, struct_and_mask.fill_mask, _MASK, is_text=True
    ),
    "google.protobuf.Struct": _fixed(
        struct_and_mask.struct_to_json,
        struct_and_mask.fill_struct,
        {"type": "object", "additionalProperties": True},
    ),
    "google.protobuf.Value": _fixed(
        struct_and_mask.value_to_json, struct_and_mask.fill_value, {}, has_null=True
    ),
    "google.protobuf.ListValue": _fixed(
        struct_and_mask.list_to_json, struct_and_mask.fill_list, {"type": "array", "items": {}}
    ),
    "google.protobuf.Any": WellKnown(
        _any_encoder, _any_filler, {"type": "object", "properties": {TYPE: {"type": "string"}}}
    ),
}
# A wrapper has the form of its only field, `value`.
WRAPPERS = frozenset(
    f"google.protobuf.{name}Value"
    for name in (
        "Double", "Float", "Int64", "UInt64", "Int32", "UInt32", "Bool", "String", "Bytes"
    )
)  # fmt: skip
