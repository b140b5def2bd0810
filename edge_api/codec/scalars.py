"""Scalar fields: one function from, and one to, a JSON value for each kind.

A function to JSON is None where the value goes out as it is.
"""

import base64
import binascii
import math
import re
import struct
from collections.abc import Callable
from typing import Any

from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor

from edge_api.codec.mismatch import Mismatch

Convert = Callable[[Any], Any]

NON_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
NULL_VALUE = "google.protobuf.NullValue"
_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)", re.ASCII)
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII)
_INTEGER_CHARS = 20  # of the longest 64-bit integer

_I32, _I64 = (-(2**31), 2**31 - 1), (-(2**63), 2**63 - 1)
_U32, _U64 = (0, 2**32 - 1), (0, 2**64 - 1)
RANGES = {
    FieldDescriptor.TYPE_INT32: _I32,
    FieldDescriptor.TYPE_SINT32: _I32,
    FieldDescriptor.TYPE_SFIXED32: _I32,
    FieldDescriptor.TYPE_UINT32: _U32,
    FieldDescriptor.TYPE_FIXED32: _U32,
    FieldDescriptor.TYPE_INT64: _I64,
    FieldDescriptor.TYPE_SINT64: _I64,
    FieldDescriptor.TYPE_SFIXED64: _I64,
    FieldDescriptor.TYPE_UINT64: _U64,
    FieldDescriptor.TYPE_FIXED64: _U64,
}
_WIDE = (_I64, _U64)


def to_json(field: FieldDescriptor) -> Convert | None:
    """From a field's value to its JSON value."""
    if field.type == FieldDescriptor.TYPE_ENUM:
        return _enum_name(field.enum_type)
    if RANGES.get(field.type) in _WIDE:
        return str
    return {
        FieldDescriptor.TYPE_DOUBLE: double_to_json,
        FieldDescriptor.TYPE_FLOAT: lambda value: double_to_json(_shortest_float(value)),
        FieldDescriptor.TYPE_BYTES: lambda value: base64.b64encode(value).decode(),
    }.get(field.type)


def from_json(field: FieldDescriptor) -> Convert:
    """From a JSON value to the field's value, or Mismatch."""
    if field.type in RANGES:
        return _integer(*RANGES[field.type])
    if field.type == FieldDescriptor.TYPE_ENUM:
        return _enum_number(field.enum_type)
    return {
        FieldDescriptor.TYPE_STRING: string,
        FieldDescriptor.TYPE_BYTES: bytes_from_json,
        FieldDescriptor.TYPE_BOOL: _boolean,
        FieldDescriptor.TYPE_FLOAT: lambda value: _single(_double(value)),
        FieldDescriptor.TYPE_DOUBLE: _double,
    }[field.type]


def character_fault(text: str) -> str:
    """What keeps a text from being stored, or empty."""
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
        raise Mismatch("must be a string")
    if fault := character_fault(value):
        raise Mismatch(fault)
    return value


def bytes_from_json(value: Any) -> bytes:
    """Base64, in the standard or the URL alphabet, padded or not."""
    digits = string(value).replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(digits + "=" * (-len(digits) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Mismatch("must be base64") from error


def double_to_json(value: float) -> float | str:
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _shortest_float(value: float) -> float:
    """The shortest decimal that reads back as the same 32-bit float."""
    if not math.isfinite(value):
        return value
    decimals = (float(f"{value:.{digits}g}") for digits in range(6, 9))
    return next((each for each in decimals if _bits(each) == _bits(value)), float(f"{value:.9g}"))


def _bits(value: float) -> bytes | None:
    """The value as a 32-bit float, or None where it is too large for one."""
    try:
        return struct.pack("f", value)
    except OverflowError:
        return None


def _enum_name(enum: EnumDescriptor) -> Convert:
    if enum.full_name == NULL_VALUE:
        return lambda _: None
    names = {number: value.name for number, value in enum.values_by_number.items()}
    return lambda number: names.get(number, number)


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
        raise Mismatch(f"must be one of {', '.join(list(numbers)[:20])}")

    return convert


def _integer(least: int, most: int) -> Convert:
    def convert(value: Any) -> int:
        if isinstance(value, str) and len(value) <= _INTEGER_CHARS and _INTEGER.fullmatch(value):
            value = int(value)
        if type(value) is not int:  # bool is an int too
            raise Mismatch("must be an integer")
        if not least <= value <= most:
            raise Mismatch(f"must be from {least} to {most}")
        return value

    return convert


def _double(value: Any) -> float:
    if isinstance(value, str):
        if value in NON_FINITE:
            return NON_FINITE[value]
        value = float(value) if _NUMBER.fullmatch(value) else None
    if type(value) is not float and type(value) is not int:
        raise Mismatch("must be a number")
    return finite(value)


def _single(value: float) -> float:
    if _bits(value) is None:
        raise Mismatch("is too large a number")
    return value


def finite(value: int | float) -> float:
    """A number of the body as a float; what was written too large to be one is refused."""
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise Mismatch("is too large a number")
    return number


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Mismatch("must be true or false")
    return value
