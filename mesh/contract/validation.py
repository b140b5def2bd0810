"""Checks a message against the constraints of its contract (`buf.validate`).

Strings with a NUL are refused too: protobuf carries them, PostgreSQL does not store them.
The cost of a check and the size of its violations grow with the message linearly at most.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import protovalidate
import structlog
from google.protobuf import message

from mesh.contract.bounds import is_map, too_many
from mesh.core.errors import FieldViolation, InvalidArgument

MOST_LISTED = 20
MOST_KEY_CHARS = 64
_NUL = "\x00"

log = structlog.get_logger("validation")


def check(request: message.Message) -> None:
    """Raises InvalidArgument with the first of what is wrong with a message."""
    if found := violations(request):
        raise broken(found)


def broken(found: Sequence[FieldViolation]) -> InvalidArgument:
    """Returns the error for a request with these violations."""
    more = f" in {len(found)} places, of which {MOST_LISTED} are listed"
    detail = f"the request breaks its contract{more if len(found) > MOST_LISTED else ''}"
    return InvalidArgument(detail, violations=found[:MOST_LISTED])


def violations(request: message.Message) -> list[FieldViolation]:
    """Returns the violations of a message, each with its path, rule and text.

    Where lists or maps are too long, only these are returned.
    """
    if found := too_many(request):
        return found
    found = _of_rules(request)
    if b"\x00" in request.SerializePartialToString():  # rare, and the walk is expensive
        found += [
            FieldViolation(path, "must not contain a NUL character", "string.nul")
            for path in islice(_strings_with_nul(request), MOST_LISTED + 1)
        ]
    return found


def _of_rules(request: message.Message) -> list[FieldViolation]:
    try:
        collected = protovalidate.collect_violations(request)
    except protovalidate.EvaluationError:  # such as a division by zero, or too many steps
        log.warning("rule_failed", of=request.DESCRIPTOR.full_name)
        return [FieldViolation("", "a rule of the contract can't be applied to it", "rule.failed")]
    return [
        FieldViolation(
            field=_path(violation.proto.field.elements if violation.proto.field else ()),
            description=violation.proto.message,
            reason=violation.proto.rule_id,
        )
        for violation in collected
    ]


def _path(elements: Iterable[protovalidate.FieldPathElementPb]) -> str:
    """Returns a path such as `items[0].quantity`, `labels["a"]`; empty for the whole message."""
    path = ""
    for element in elements:
        path += f".{element.field_name}" if path else element.field_name
        match element.subscript:
            case None:
                pass
            case subscript if isinstance(subscript.value, str):
                path += _key(subscript.value)
            case subscript:
                path += f"[{subscript.value}]"
    return path


def _strings_with_nul(request: message.Message, prefix: str = "") -> Iterator[str]:
    for field, value in request.ListFields():
        path = prefix + field.name
        if is_map(field):
            for key, item in value.items():
                yield from _in_value(key, f"{path}[key]")
                yield from _in_value(item, path + _key(key))
        elif field.is_repeated:
            for index, item in enumerate(value):
                yield from _in_value(item, f"{path}[{index}]")
        else:
            yield from _in_value(value, path)


def _key(key: object) -> str:
    """Returns a map's key in a path, cut to what an error may repeat of client text."""
    text = str(key)
    return f'["{text if len(text) <= MOST_KEY_CHARS else text[:MOST_KEY_CHARS] + "…"}"]'


def _in_value(value: object, path: str) -> Iterator[str]:
    if isinstance(value, message.Message):
        yield from _strings_with_nul(value, f"{path}.")
    elif isinstance(value, str) and _NUL in value:
        yield path
