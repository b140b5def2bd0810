"""Schemas of scalars, and of the messages that have a JSON form of their own."""

from collections.abc import Mapping

from google.protobuf.descriptor import FieldDescriptor

from edge_api.codec.numbers import RANGES
from edge_api.codec.well_known.values import MASK_PATH
from edge_api.openapi.constraints import Schema

_F = FieldDescriptor
_PATH = MASK_PATH.pattern
_SCALARS: Mapping[int, Schema] = {
    _F.TYPE_BOOL: {"type": "boolean"},
    _F.TYPE_STRING: {"type": "string"},
    _F.TYPE_BYTES: {"type": "string", "contentEncoding": "base64"},
    _F.TYPE_FLOAT: {"type": "number", "format": "float"},
    _F.TYPE_DOUBLE: {"type": "number", "format": "double"},
}
OWN_FORMS: Mapping[str, Schema] = {
    "google.protobuf.Timestamp": {"type": "string", "format": "date-time"},
    "google.protobuf.Duration": {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]{1,9})?s$"},
    "google.protobuf.FieldMask": {"type": "string", "pattern": f"^({_PATH}(,{_PATH})*)?$"},
    "google.protobuf.Struct": {"type": "object", "additionalProperties": True},
    "google.protobuf.Value": {},
    "google.protobuf.ListValue": {"type": "array", "items": {}},
    "google.protobuf.Any": {"type": "object", "properties": {"@type": {"type": "string"}}},
}


def scalar(field: FieldDescriptor) -> Schema:
    if field.type in _SCALARS:
        return dict(_SCALARS[field.type])
    return _integer(*RANGES[field.type])


def _integer(least: int, most: int) -> Schema:
    if most >= 2**32:
        sign = "-?" if least < 0 else ""
        return {"type": "string", "format": "int64", "pattern": f"^(0|{sign}[1-9][0-9]{{0,17}})$"}
    return {"type": "integer", "format": "int32", "minimum": least, "maximum": most}
