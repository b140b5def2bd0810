"""Checks how many items the lists and maps of a message have, by its contract.

Items are counted before any rule looks at them: a rule over a list may take the square of its
length, and each wrong item adds a line to the response.
Source: `buf/validate/validate.proto`, RepeatedRules and MapRules.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from buf.validate import validate_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from mesh.core.errors import FieldViolation


@dataclass(frozen=True, slots=True)
class Bound:
    """The maximum of items in a list or pairs in a map."""

    most: int
    rule: str
    description: str

    def broken_at(self, path: str) -> FieldViolation:
        return FieldViolation(path, self.description, self.rule)


@dataclass(frozen=True, slots=True)
class _Counted:
    """A field that is bounded itself, or holds a message with such a field."""

    name: str
    repeated: bool
    bound: Bound | None
    nested: bool


def bound_of(field: FieldDescriptor) -> Bound | None:
    """Returns the bound of a list or map; None where the contract sets none."""
    options: Any = field.GetOptions()
    rules = options.Extensions[validate_pb2.field]
    if rules.repeated.HasField("max_items"):
        most = rules.repeated.max_items
        return Bound(most, "repeated.max_items", f"must contain no more than {most} item(s)")
    if rules.map.HasField("max_pairs"):
        most = rules.map.max_pairs
        return Bound(most, "map.max_pairs", f"map must be at most {most} entries")
    return None


def is_map(field: FieldDescriptor) -> bool:
    kind = field.message_type
    return kind is not None and kind.GetOptions().map_entry


def too_many(message: Message, within: str = "") -> list[FieldViolation]:
    """Returns a violation for each list and map that exceeds its bound."""
    descriptor: Any = message.DESCRIPTOR  # stubs know two implementations
    found: list[FieldViolation] = []
    for field in _counted(descriptor):
        path = within + field.name
        if not field.repeated:
            if message.HasField(field.name):
                found += too_many(getattr(message, field.name), f"{path}.")
            continue
        value = getattr(message, field.name)
        if field.bound is not None and len(value) > field.bound.most:
            found.append(field.bound.broken_at(path))
        elif field.nested:
            for index, item in enumerate(value):
                found += too_many(item, f"{path}[{index}].")
    return found


@cache
def _counted(descriptor: Descriptor) -> tuple[_Counted, ...]:
    found = []
    for field in descriptor.fields:
        bound, kind = bound_of(field), field.message_type
        nested = kind is not None and not is_map(field) and _counts(kind, set())
        if bound is not None or nested:
            found.append(_Counted(field.name, field.is_repeated, bound, nested))
    return tuple(found)


def _counts(descriptor: Descriptor, seen: set[str]) -> bool:
    """Returns whether such a message has a bounded field; types may nest themselves."""
    if descriptor.full_name in seen:
        return False
    seen.add(descriptor.full_name)
    return any(
        bound_of(field) is not None
        or (field.message_type is not None and _counts(field.message_type, seen))
        for field in descriptor.fields
    )
