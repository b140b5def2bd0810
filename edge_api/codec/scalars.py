"""Conversion of scalar fields: a function from, and one to, a JSON value for each kind."""

import base64
import binascii
from collections.abc import Callable
from typing import Any

from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor

from edge_api.codec.errors import DecodeError
from edge_api.codec.numbers import (
    RANGES,
    WIDE,
    double,
    double_to_json,
    float_to_json,
    integer,
    single,
)

Convert = Callable[[Any], Any]

NULL_VALUE = "google.protobuf.NullValue"


def to_json(field: FieldDescriptor) -> Convert | None:
    """Returns what converts a number, text or bytes to JSON; None where it is JSON already."""
    if RANGES.get(field.type) in WIDE:
        return str
    others: dict[int, Convert] = {
        FieldDescriptor.TYPE_DOUBLE: double_to_json,
        FieldDescriptor.TYPE_FLOAT: float_to_json,
        FieldDescriptor.TYPE_BYTES: bytes_to_json,
    }
    return others.get(field.type)


def from_json(field: FieldDescriptor) -> Convert:
    """Returns what converts a JSON value to the field's value, or raises DecodeError."""
    if field.type in RANGES:
        return integer(*RANGES[field.type])
    if field.enum_type is not None:
        return _enum_number(field.enum_type)
    return {
        FieldDescriptor.TYPE_STRING: string,
        FieldDescriptor.TYPE_BYTES: bytes_from_json,
        FieldDescriptor.TYPE_BOOL: _boolean,
        FieldDescriptor.TYPE_FLOAT: lambda value: single(double(value)),
        FieldDescriptor.TYPE_DOUBLE: double,
    }[field.type]


def character_fault(text: str) -> str:
    """Returns why a text can't be stored, or an empty text."""
    if "\0" in text:
        return "must not contain a NUL character"
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return "must not contain half of a surrogate pair"
    return ""


def string(value: Any) -> str:
    if not isinstance(value, str):
        raise DecodeError("must be a string")
    if fault := character_fault(value):
        raise DecodeError(fault)
    return value


def bytes_to_json(value: bytes) -> str:
    return base64.b64encode(value).decode()


def bytes_from_json(value: Any) -> bytes:
    """Decodes base64, in the standard or the URL alphabet, padded or not."""
    digits = string(value).replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(digits + "=" * (-len(digits) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise DecodeError("must be base64") from error


class _Names(dict[int, Any]):
    """Names by number; a number that the contract does not know stands for itself."""

    def __missing__(self, number: int) -> int:
        return number


def enum_names(enum: EnumDescriptor) -> _Names:
    """Returns the JSON value of each number of an enum."""
    if enum.full_name == NULL_VALUE:
        return _Names({0: None})
    return _Names({number: value.name for number, value in enum.values_by_number.items()})


def _enum_number(enum: EnumDescriptor) -> Convert:
    numbers = {name: value.number for name, value in enum.values_by_name.items()}
    known = frozenset(numbers.values())

    def convert(value: Any) -> int:
        if isinstance(value, str) and value in numbers:
            return numbers[value]
        if type(value) is int and value in known:
            return value
        if value is None and enum.full_name == NULL_VALUE:
            return 0
        raise DecodeError(f"must be one of {', '.join(list(numbers)[:20])}")

    return convert


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise DecodeError("must be true or false")
    return value


def map_key(field: FieldDescriptor) -> Convert:
    """Returns what converts a map's key, which is a string in JSON."""
    if field.type != FieldDescriptor.TYPE_BOOL:
        return from_json(field)

    def convert(key: Any) -> bool:
        if key not in ("true", "false"):
            raise DecodeError("must be true or false")
        return bool(key == "true")

    return convert
