"""Message types as JSON Schemas, each a component of the document."""

from collections.abc import Collection, Mapping
from typing import Any

from buf.validate import validate_pb2
from drf_spectacular.plumbing import ComponentRegistry, ResolvedComponent
from google.api import field_behavior_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor

from edge_api.codec.fields import WRAPPERS, is_map
from edge_api.codec.scalars import RANGES
from edge_api.masks import behaviors
from edge_api.schema.constraints import Schema, in_words, keywords, rules_of

_F = FieldDescriptor
_SCALARS: Mapping[int, Schema] = {
    _F.TYPE_BOOL: {"type": "boolean"},
    _F.TYPE_STRING: {"type": "string"},
    _F.TYPE_BYTES: {"type": "string", "contentEncoding": "base64"},
    _F.TYPE_FLOAT: {"type": "number", "format": "float"},
    _F.TYPE_DOUBLE: {"type": "number", "format": "double"},
}
_OWN_FORMS: Mapping[str, Schema] = {
    "google.protobuf.Timestamp": {"type": "string", "format": "date-time"},
    "google.protobuf.Duration": {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]{1,9})?s$"},
    "google.protobuf.FieldMask": {"type": "string"},
    "google.protobuf.Struct": {"type": "object", "additionalProperties": True},
    "google.protobuf.Value": {},
    "google.protobuf.ListValue": {"type": "array", "items": {}},
    "google.protobuf.Any": {"type": "object", "properties": {"@type": {"type": "string"}}},
}


class Messages:
    """Schemas of message types; what they refer to lands in the registry."""

    def __init__(self, registry: ComponentRegistry, comments: Mapping[str, str]) -> None:
        self._registry = registry
        self._comments = comments
        self._names: dict[str, str] = {}

    def ref(self, descriptor: Descriptor) -> Schema:
        """A reference to the type's component, made when it is first referred to."""
        if descriptor.full_name in _OWN_FORMS:
            return dict(_OWN_FORMS[descriptor.full_name])
        if descriptor.full_name in WRAPPERS:
            return self.value(descriptor.fields_by_name["value"])
        component = ResolvedComponent(
            name=self._name(descriptor),
            type=ResolvedComponent.SCHEMA,
            object=descriptor.full_name,
            schema={},
        )
        if component not in self._registry:
            self._registry.register(component)  # before its fields: types may nest themselves
            component.schema = self.object(descriptor)
        return dict(component.ref)

    def object(
        self, descriptor: Descriptor, *, without: Collection[str] = (), update: bool = False
    ) -> Schema:
        """The type's own schema. An `update` needs no field, and has none that can't change."""
        fields = [field for field in descriptor.fields if field.name not in without]
        if update:
            fields = [field for field in fields if not _FIXED & behaviors(field)]
        schema: Schema = {
            "type": "object",
            "properties": {field.name: self.field(field) for field in fields},
        }
        if comment := self._comments.get(descriptor.full_name):
            schema["description"] = comment
        required = [field.name for field in fields if _is_required(field)]
        if required and not update:
            schema["required"] = required
        if choices := [] if update else _required_choices(descriptor):
            schema["oneOf"] = [{"required": [name]} for name in choices]
        return schema

    def field(self, field: FieldDescriptor) -> Schema:
        """One property, or one parameter's value, with its comment and constraints."""
        schema = self.value(field)
        rules = rules_of(field)
        words = [self._comments.get(field.full_name, ""), *in_words(rules)]
        if description := "\n\n".join(word for word in words if word):
            schema["description"] = description
        given = behaviors(field)
        if field_behavior_pb2.OUTPUT_ONLY in given or field_behavior_pb2.IDENTIFIER in given:
            schema["readOnly"] = True
        if field_behavior_pb2.INPUT_ONLY in given:
            schema["writeOnly"] = True
        return schema

    def value(self, field: FieldDescriptor) -> Schema:
        """The schema of a field's value, lists and maps included."""
        limits = keywords(rules_of(field))
        if is_map(field):
            inner = self._one(field.message_type.fields_by_name["value"])
            return {"type": "object", "additionalProperties": inner} | limits
        one = self._one(field)
        if not field.is_repeated:
            return one | limits
        items = one | limits.pop("items", {})
        return {"type": "array", "items": items} | limits

    def _one(self, field: FieldDescriptor) -> Schema:
        if field.message_type is not None:
            return self.ref(field.message_type)
        if field.enum_type is not None:
            return {"type": "string", "enum": [value.name for value in field.enum_type.values]}
        if field.type in _SCALARS:
            return dict(_SCALARS[field.type])
        return _integer(*RANGES[field.type])

    def _name(self, descriptor: Descriptor) -> str:
        """The short name, unless another package's type has it already."""
        owner = self._names.setdefault(descriptor.name, descriptor.full_name)
        return descriptor.name if owner == descriptor.full_name else descriptor.full_name


_FIXED = {
    field_behavior_pb2.OUTPUT_ONLY,
    field_behavior_pb2.IDENTIFIER,
    field_behavior_pb2.IMMUTABLE,
}


def _integer(least: int, most: int) -> Schema:
    if most >= 2**32:
        sign = "-?" if least < 0 else ""
        return {"type": "string", "format": "int64", "pattern": f"^{sign}[0-9]{{1,20}}$"}
    return {"type": "integer", "format": "int32", "minimum": least, "maximum": most}


def _is_required(field: FieldDescriptor) -> bool:
    return field_behavior_pb2.REQUIRED in behaviors(field)


def _required_choices(descriptor: Descriptor) -> list[str]:
    """The members of the first oneof of which one must be given."""
    for oneof in descriptor.oneofs:
        rule: Any = oneof.GetOptions().Extensions[validate_pb2.oneof]
        if rule.required:
            return [field.name for field in oneof.fields]
    return []
