"""Bytes to a tree of Python values, by the letter of RFC 8259."""

import json
from typing import Any, NoReturn

from edge_api.codec.mismatch import Mismatch, shown
from edge_api.codec.scalars import character_fault

MAX_DEPTH = 64


def parse(body: bytes) -> Any:
    """The JSON value that the bytes spell. Raises Mismatch.

    The standard library's parser is the only one here that lets us see duplicate keys.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Mismatch("the body is not UTF-8") from error
    try:
        tree = _decoder.decode(text)
    except json.JSONDecodeError as error:
        raise Mismatch(f"the body is not JSON: {error}") from error
    except RecursionError:
        raise Mismatch(_TOO_DEEP) from None
    # A tree of 64 levels takes 64 brackets at least, and counting them is nearly free.
    if body.count(b"{") + body.count(b"[") > MAX_DEPTH and _deeper_than(MAX_DEPTH, tree):
        raise Mismatch(_TOO_DEEP)
    return tree


_TOO_DEEP = f"the body is nested deeper than {MAX_DEPTH} levels"


def _deeper_than(most: int, tree: Any) -> bool:
    level = [tree]
    for _ in range(most + 1):
        level = [
            child
            for node in level
            if isinstance(node, (dict, list))
            for child in (node.values() if isinstance(node, dict) else node)
        ]
        if not level:
            return False
    return True


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]  # add() is here for its effect
        raise Mismatch("is given twice", _printable(twice))
    for key in found:
        if fault := character_fault(key):
            raise Mismatch(f"a name {fault}", _printable(key))
    return found


def _printable(name: str) -> str:
    return shown(name.encode("utf-8", "replace").decode())


def _integer(digits: str) -> int:
    try:
        return int(digits)
    except ValueError as error:  # beyond sys.get_int_max_str_digits()
        raise Mismatch("a number in the body has too many digits") from error


def _no_constant(token: str) -> NoReturn:
    raise Mismatch(f"the body is not JSON: {token} is no JSON number")


_decoder = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_constant=_no_constant
)
