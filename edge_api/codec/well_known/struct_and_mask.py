"""Struct, Value, ListValue and FieldMask, as objects, any JSON value, lists and text."""

import re
from typing import Any

from google.protobuf.message import Message

from edge_api.codec.errors import DecodeError, shown
from edge_api.codec.numbers import double_to_json, finite
from edge_api.codec.scalars import string

_UNDERSCORED = re.compile(r"_([a-z0-9])")
_CAPITAL = re.compile(r"([A-Z])")
MASK_PATH = re.compile(r"[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*", re.ASCII)


def struct_to_json(message: Any) -> dict[str, Any]:
    return {key: value_to_json(message.fields[key]) for key in sorted(message.fields)}


def list_to_json(message: Any) -> list[Any]:
    return [value_to_json(value) for value in message.values]


def value_to_json(message: Any) -> Any:
    match message.WhichOneof("kind"):
        case "struct_value":
            return struct_to_json(message.struct_value)
        case "list_value":
            return list_to_json(message.list_value)
        case "number_value":
            return double_to_json(message.number_value)
        case "string_value" | "bool_value" as kind:
            return getattr(message, kind)
        case _:
            return None


def fill_struct(message: Any, tree: Any) -> None:
    if not isinstance(tree, dict):
        raise DecodeError("must be an object")
    for key, value in tree.items():
        try:
            fill_value(message.fields[key], value)
        except DecodeError as error:
            raise error.inside(shown(key)) from None


def fill_list(message: Any, tree: Any) -> None:
    if not isinstance(tree, list):
        raise DecodeError("must be a list")
    for index, value in enumerate(tree):
        try:
            fill_value(message.values.add(), value)
        except DecodeError as error:
            raise error.inside(f"[{index}]") from None


def fill_value(message: Any, tree: Any) -> None:
    match tree:
        case None:
            message.null_value = 0
        case bool():
            message.bool_value = tree
        case int() | float():
            message.number_value = finite(tree)
        case str():
            message.string_value = string(tree)
        case dict():
            message.struct_value.SetInParent()
            fill_struct(message.struct_value, tree)
        case _:
            message.list_value.SetInParent()
            fill_list(message.list_value, tree)


def mask_to_json(message: Any) -> str:
    return ",".join(_UNDERSCORED.sub(lambda m: m[1].upper(), path) for path in message.paths)


def fill_mask(message: Message, value: Any) -> None:
    """Splits paths at commas; each is in lowerCamel or as the `.proto` has it."""
    for path in string(value).split(",") if value != "" else ():
        if not MASK_PATH.fullmatch(path):
            raise DecodeError("must be field paths with commas between")
        message.paths.append(_CAPITAL.sub(lambda m: f"_{m[1].lower()}", path))  # type: ignore[attr-defined]  # google.protobuf.FieldMask
