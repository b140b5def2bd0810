"""Parses bytes to a tree of Python values, by the letter of RFC 8259."""

import json
import re
from itertools import accumulate
from typing import Any, NoReturn

from edge_api.codec.errors import DecodeError, shown
from edge_api.codec.scalars import character_fault

MAX_DEPTH = 64
# Possessive, so that no byte is matched twice, whether the string ends or not.
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_STEP = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")  # as signed bytes: one in, one out
_NO_BRACKETS = bytes(set(range(256)) - set(b"[{]}"))


def parse(body: bytes) -> Any:
    """Returns the JSON value that the bytes spell. Raises DecodeError.

    Unlike orjson, the standard library's parser reports duplicate keys.
    """
    # A tree of 64 levels takes 64 brackets at least, and counting them is nearly free.
    if body.count(b"{") + body.count(b"[") > MAX_DEPTH and depth_of(body) > MAX_DEPTH:
        raise DecodeError(f"the body is nested deeper than {MAX_DEPTH} levels")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DecodeError("the body is not UTF-8") from error
    try:
        return _decoder.decode(text)
    except json.JSONDecodeError as error:
        raise DecodeError(f"the body is not JSON: {error}") from error


def depth_of(body: bytes) -> int:
    """Counts the levels that a parser would descend, by the brackets outside strings.

    For bytes that are no JSON the count is at least the levels descended before the error.
    """
    brackets = _STRING.sub(b"", body).translate(_STEP, _NO_BRACKETS)
    return max(accumulate(memoryview(brackets).cast("b"), initial=0))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]  # add() is here for its effect
        raise DecodeError("is given twice", _printable(twice))
    for key in found:
        if fault := character_fault(key):
            raise DecodeError(f"a name {fault}", _printable(key))
    return found


def _printable(name: str) -> str:
    return shown(name.encode("utf-8", "replace").decode())


def _integer(digits: str) -> int:
    try:
        return int(digits)
    except ValueError as error:  # beyond sys.get_int_max_str_digits()
        raise DecodeError("a number in the body has too many digits") from error


def _no_constant(token: str) -> NoReturn:
    raise DecodeError(f"the body is not JSON: {token} is no JSON number")


_decoder = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_constant=_no_constant
)
