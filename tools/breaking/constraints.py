"""Tells whether `buf.validate` rules refuse what they took before."""

from collections.abc import Iterator
from typing import Any

from buf.validate import validate_pb2

_LEAST = {"min_len", "min_bytes", "min_items", "min_pairs", "gte", "gt"}
_MOST = {"max_len", "max_bytes", "max_items", "max_pairs", "lte", "lt"}
_NESTED = {"items", "keys", "values"}
_INTEGERS = ("int", "uint", "sint", "fixed", "sfixed")


def tightened(old: Any, new: Any) -> Iterator[str]:
    """Yields in words each rule of a field, or of its items, that refuses more than before."""
    if new.required and not old.required:
        yield "required was added"
    if _strictness(new.ignore) > _strictness(old.ignore):
        yield "empty values are checked now"
    yield from _expressions(old, new)
    kind = new.WhichOneof("type")
    if kind is not None:
        before = getattr(old, kind) if old.HasField(kind) else type(getattr(new, kind))()
        yield from _of_kind(kind, before, getattr(new, kind))


def tightened_message(old: Any, new: Any) -> Iterator[str]:
    """Yields the same for rules over a whole message."""
    yield from _expressions(old, new)
    known = {(tuple(one.fields), one.required) for one in old.oneof}
    for one in new.oneof:
        if (tuple(one.fields), one.required) not in known:
            yield f"one of {', '.join(one.fields)} was added"


def _strictness(ignore: int) -> int:
    laxest_first: tuple[int, ...] = (validate_pb2.IGNORE_ALWAYS, validate_pb2.IGNORE_IF_ZERO_VALUE)
    return laxest_first.index(ignore) if ignore in laxest_first else len(laxest_first)


def _expressions(old: Any, new: Any) -> Iterator[str]:
    known = {rule.expression for rule in old.cel} | set(old.cel_expression)
    for rule in new.cel:
        if rule.expression not in known:
            yield f"the expression {rule.id} was added or changed"
    for expression in new.cel_expression:
        if expression not in known:
            yield f"the expression {expression!r} was added"


def _of_kind(kind: str, old: Any, new: Any) -> Iterator[str]:
    before = {rule.name: value for rule, value in old.ListFields()}
    for rule, value in new.ListFields():
        name, known = rule.name, before.get(rule.name)
        if name in _NESTED:
            yield from tightened(getattr(old, name), value)
        elif name in _LEAST | _MOST:
            if _looser_before(kind, name, before, value):
                yield f"{name} is {_text(value)}, and was {_text(known) or 'unlimited'}"
        elif name == "in":
            if not before.get("in") or set(before["in"]) - set(value):
                yield "fewer values are allowed"
        elif name == "not_in":
            if set(value) - set(before.get("not_in", ())):
                yield "more values are refused"
        elif name != "example" and value != known and value is not False:
            yield f"{name} is {_text(value)}, and was {_text(known) or 'not asked for'}"


def _looser_before(kind: str, name: str, before: dict[str, Any], value: Any) -> bool:
    """Returns whether the limit on this side was further out; of integers, above 0 is from 1."""
    least = name in _LEAST
    names = [one for one in before if one in (_LEAST if least else _MOST)]
    names = [one for one in names if one == name or {one, name} <= {"gt", "gte", "lt", "lte"}]
    if not names:
        return not (least and value == 0 and name.startswith("min_"))
    was, now = (_limit(kind, one, v) for one, v in ((names[0], before[names[0]]), (name, value)))
    return now > was if least else now < was


def _limit(kind: str, name: str, value: Any) -> tuple[float, ...]:
    further = {"gt": 1, "lt": -1}.get(name, 0)
    if kind in ("duration", "timestamp"):
        return (value.seconds, value.nanos, further)
    return (value + further,) if kind.startswith(_INTEGERS) else (value, further)


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()
