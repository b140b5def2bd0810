"""What descriptors say of fields and message types, in the words of the JSON mapping."""

from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor

WRAPPERS = frozenset(
    f"google.protobuf.{name}Value"
    for name in (
        "Double", "Float", "Int64", "UInt64", "Int32", "UInt32", "Bool", "String", "Bytes"
    )
)  # fmt: skip
_OWN_FORMS = WRAPPERS | {
    f"google.protobuf.{name}"
    for name in ("Any", "Duration", "FieldMask", "ListValue", "Struct", "Timestamp", "Value")
}


def has_own_form(descriptor: Descriptor) -> bool:
    """Whether messages of this type are not simply objects with a member a field."""
    return descriptor.full_name in _OWN_FORMS


def is_map(field: FieldDescriptor) -> bool:
    kind = field.message_type
    return kind is not None and kind.GetOptions().map_entry


def map_fields(field: FieldDescriptor) -> tuple[FieldDescriptor, FieldDescriptor]:
    """The key and the value of a map field."""
    kind: Any = field.message_type
    return kind.fields_by_name["key"], kind.fields_by_name["value"]


def find_field(descriptor: Descriptor, name: str) -> FieldDescriptor | None:
    """A field by its `.proto` name or its JSON name."""
    found = descriptor.fields_by_name.get(name)
    if found is None:
        found = next((field for field in descriptor.fields if field.json_name == name), None)
    return found
