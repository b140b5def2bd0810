"""The message types whose JSON form is not an object with a member a field.

Encoder, decoder, OpenAPI document and query parameters all read this one table.
Source: protobuf.dev, ProtoJSON format.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from google.protobuf.descriptor import Descriptor

from edge_api.codec.well_known import anys, times, values

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
    """Whether messages of this type are not simply objects with a member a field."""
    return descriptor.full_name in WELL_KNOWN or descriptor.full_name in WRAPPERS


def has_text_form(descriptor: Descriptor) -> bool:
    """Whether a query parameter or path variable can hold messages of this type."""
    known = WELL_KNOWN.get(descriptor.full_name)
    return known.is_text if known is not None else descriptor.full_name in WRAPPERS


def _fixed(encode: Encode, fill: Fill, schema: Mapping[str, Any], **flags: bool) -> WellKnown:
    return WellKnown(lambda _: encode, lambda _: fill, schema, **flags)


_PATH = values.MASK_PATH.pattern
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
    "google.protobuf.FieldMask": _fixed(values.mask_to_json, values.fill_mask, _MASK, is_text=True),
    "google.protobuf.Struct": _fixed(
        values.struct_to_json,
        values.fill_struct,
        {"type": "object", "additionalProperties": True},
    ),
    "google.protobuf.Value": _fixed(values.value_to_json, values.fill_value, {}, has_null=True),
    "google.protobuf.ListValue": _fixed(
        values.list_to_json, values.fill_list, {"type": "array", "items": {}}
    ),
    "google.protobuf.Any": WellKnown(
        partial(anys.encoder, has_own_form),
        partial(anys.filler, has_own_form),
        {"type": "object", "properties": {"@type": {"type": "string"}}},
    ),
}
# A wrapper has the form of its only field, `value`.
WRAPPERS = frozenset(
    f"google.protobuf.{name}Value"
    for name in (
        "Double", "Float", "Int64", "UInt64", "Int32", "UInt32", "Bool", "String", "Bytes"
    )
)  # fmt: skip
