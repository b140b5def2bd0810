"""Checks a message against the constraints of its contract (`buf.validate`).

Strings with a NUL are refused too: protobuf carries them, PostgreSQL does not store them.
"""

from collections.abc import Iterable, Iterator

import protovalidate
from google.protobuf import descriptor, message

from mesh.errors import FieldViolation

_NUL = "\x00"


def violations(request: message.Message) -> list[FieldViolation]:
    """Everything that is wrong with a message, each with its path, rule and text."""
    found = [
        FieldViolation(
            field=_path(violation.proto.field.elements if violation.proto.field else ()),
            description=violation.proto.message,
            reason=violation.proto.rule_id,
        )
        for violation in protovalidate.collect_violations(request)
    ]
    if b"\x00" in request.SerializePartialToString():  # rare, and the walk is dear
        found += [
            FieldViolation(path, "must not contain a NUL character", "string.nul")
            for path in _strings_with_nul(request)
        ]
    return found


def _path(elements: Iterable[protovalidate.FieldPathElementPb]) -> str:
    """`items[0].quantity`, `labels["a"]`; empty for the message as a whole."""
    path = ""
    for element in elements:
        path += f".{element.field_name}" if path else element.field_name
        match element.subscript:
            case None:
                pass
            case subscript if isinstance(subscript.value, str):
                path += f'["{subscript.value}"]'
            case subscript:
                path += f"[{subscript.value}]"
    return path


def _strings_with_nul(request: message.Message, prefix: str = "") -> Iterator[str]:
    for field, value in request.ListFields():
        path = prefix + field.name
        if _is_map(field):
            for key, item in value.items():
                yield from _in_value(key, f"{path}[key]")
                yield from _in_value(item, f'{path}["{key}"]')
        elif field.is_repeated:
            for index, item in enumerate(value):
                yield from _in_value(item, f"{path}[{index}]")
        else:
            yield from _in_value(value, path)


def _in_value(value: object, path: str) -> Iterator[str]:
    if isinstance(value, message.Message):
        yield from _strings_with_nul(value, f"{path}.")
    elif isinstance(value, str) and _NUL in value:
        yield path


def _is_map(field: descriptor.FieldDescriptor) -> bool:
    kind = field.message_type
    return kind is not None and kind.GetOptions().map_entry
