"""Look-ups in descriptors that both directions of the JSON mapping need."""

from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor


def is_map(field: FieldDescriptor) -> bool:
    kind = field.message_type
    return kind is not None and kind.GetOptions().map_entry


def map_fields(field: FieldDescriptor) -> tuple[FieldDescriptor, FieldDescriptor]:
    """Returns the key and the value of a map field."""
    kind: Any = field.message_type
    return kind.fields_by_name["key"], kind.fields_by_name["value"]


def find_field(descriptor: Descriptor, name: str) -> FieldDescriptor | None:
    """Finds a field by its `.proto` name or its JSON name."""
    found = descriptor.fields_by_name.get(name)
    if found is None:
        found = next((field for field in descriptor.fields if field.json_name == name), None)
    return found
