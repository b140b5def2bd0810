"""Schemas of scalars."""

from collections.abc import Mapping

from google.protobuf.descriptor import FieldDescriptor

from edge_api.codec.numbers import RANGES
from edge_api.openapi.constraints import Schema

_F = FieldDescriptor
_SCALARS: Mapping[int, Schema] = {
    _F.TYPE_BOOL: {"type": "boolean"},
    _F.TYPE_STRING: {"type": "string"},
    _F.TYPE_BYTES: {"type": "string", "contentEncoding": "base64"},
    _F.TYPE_FLOAT: {"type": "number", "format": "float"},
    _F.TYPE_DOUBLE: {"type": "number", "format": "double"},
}


def scalar(field: FieldDescriptor) -> Schema:
    if field.type in _SCALARS:
        return dict(_SCALARS[field.type])
    return _integer(*RANGES[field.type])


def _integer(least: int, most: int) -> Schema:
    if most >= 2**32:
        sign = "-?" if least < 0 else ""
        pattern = f"^(0|{sign}[1-9][0-9]{{0,17}})$"
        return {"type": "string", "format": "int64", "pattern": pattern, "maxLength": 19}
    return {"type": "integer", "format": "int32", "minimum": least, "maximum": most}
