"""Objects of known members, and what `null` means to a member."""

from collections.abc import Callable, Mapping
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from edge_api.codec.mismatch import Mismatch, shown
from edge_api.codec.scalars import NULL_VALUE

Fill = Callable[[Any, Any], None]


def object_filler(setters: Mapping[str, tuple[str, Fill]]) -> Fill:
    """Fills a message from an object; `setters` holds a field's name and setter by JSON name."""

    def fill(message: Message, tree: Any) -> None:
        if not isinstance(tree, dict):
            raise Mismatch("must be an object")
        for name, value in tree.items():
            found = setters.get(name)
            if found is None:
                raise Mismatch("is unknown", shown(name))
            if found[0] != name and found[0] in tree:
                raise Mismatch(f"is given twice, also as {found[0]}", name)
            try:
                found[1](message, value)
            except Mismatch as error:
                raise error.inside(name) from None

    return fill


def unless_null(fill: Fill) -> Fill:
    def fill_unless_null(message: Message, value: Any) -> None:
        if value is not None:
            fill(message, value)

    return fill_unless_null


def takes_null(field: FieldDescriptor) -> bool:
    """Value and NullValue have a null of their own."""
    if field.is_repeated:
        return False
    if field.message_type is not None:
        return field.message_type.full_name == "google.protobuf.Value"
    return field.enum_type is not None and field.enum_type.full_name == NULL_VALUE
