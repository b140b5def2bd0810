"""Conversion of integers and floats, 32 and 64 bits wide."""

import math
import re
import struct
from collections.abc import Callable
from typing import Any

from google.protobuf.descriptor import FieldDescriptor

from edge_api.codec.errors import DecodeError

NON_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
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
WIDE = (_I64, _U64)


def integer(least: int, most: int) -> Callable[[Any], int]:
    def convert(value: Any) -> int:
        if isinstance(value, str) and len(value) <= _INTEGER_CHARS and _INTEGER.fullmatch(value):
            value = int(value)
        if type(value) is not int:  # bool is an int too
            raise DecodeError("must be an integer")
        if not least <= value <= most:
            raise DecodeError(f"must be from {least} to {most}")
        return value

    return convert


def double(value: Any) -> float:
    if isinstance(value, str):
        if value in NON_FINITE:
            return NON_FINITE[value]
        value = float(value) if _NUMBER.fullmatch(value) else None
    if type(value) is not float and type(value) is not int:
        raise DecodeError("must be a number")
    return finite(value)


def single(value: float) -> float:
    if _bits(value) is None:
        raise DecodeError("is too large a number")
    return value


def finite(value: float) -> float:
    """Converts to a float. Raises DecodeError for a number too large to be one."""
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise DecodeError("is too large a number")
    return number


def double_to_json(value: float) -> float | str:
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def float_to_json(value: float) -> float | str:
    return double_to_json(shortest_float(value))


def shortest_float(value: float) -> float:
    """Returns the shortest decimal that reads back as the same 32-bit float."""
    if not math.isfinite(value):
        return value
    decimals = (float(f"{value:.{digits}g}") for digits in range(6, 9))
    return next((each for each in decimals if _bits(each) == _bits(value)), float(f"{value:.9g}"))


def _bits(value: float) -> bytes | None:
    """Returns the value as a 32-bit float, or None where it is too large for one."""
    try:
        return struct.pack("<f", value)
    except OverflowError:
        return None
