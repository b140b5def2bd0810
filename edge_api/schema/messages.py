"""Message types as JSON Schemas, each a component of the document."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from buf.validate import validate_pb2
from drf_spectacular.plumbing import ComponentRegistry, ResolvedComponent
from google.api import field_behavior_pb2
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor

from edge_api.codec.fields import WRAPPERS, is_map, map_fields
from edge_api.masks import behaviors
from edge_api.schema.constraints import Schema, in_words, keywords, rules_of
from edge_api.schema.forms import OWN_FORMS, scalar


class Messages:
    """Schemas of message types; what they refer to lands in the registry."""

    def __init__(self, registry: ComponentRegistry, comments: Mapping[str, str]) -> None:
        self._registry = registry
        self._comments = comments
        self._names: dict[str, str] = {}

    def ref(self, descriptor: Descriptor) -> Schema:
        """A reference to the type's component, made when it is first referred to."""
        if descriptor.full_name in OWN_FORMS:
            return dict(OWN_FORMS[descriptor.full_name])
        if descriptor.full_name in WRAPPERS:
            return self.value(descriptor.fields_by_name["value"])
        return self._component(descriptor, lambda: self.object(descriptor))

    def _component(
        self, descriptor: Descriptor | EnumDescriptor, make: Callable[[], Schema]
    ) -> Schema:
        component = ResolvedComponent(
            name=self._name(descriptor),
            type=ResolvedComponent.SCHEMA,
            object=descriptor.full_name,
            schema={},
        )
        if component not in self._registry:
            self._registry.register(component)  # before its fields: types may nest themselves
            component.schema = make()
        return dict(component.ref)

    def _enum(self, enum: EnumDescriptor) -> Schema:
        schema: Schema = {"type": "string", "enum": [value.name for value in enum.values]}
        meanings = {v.name: self._comments.get(f"{enum.full_name}.{v.name}") for v in enum.values}
        lines = [f"- `{name}`: {text}" for name, text in meanings.items() if text]
        described = [self._comments.get(enum.full_name, ""), "\n".join(lines)]
        if description := "\n\n".join(part for part in described if part):
            schema["description"] = description
        return schema

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
            inner = self._one(map_fields(field)[1])
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
            enum = field.enum_type
            return self._component(enum, lambda: self._enum(enum))
        return scalar(field)

    def _name(self, descriptor: Descriptor | EnumDescriptor) -> str:
        """The short name, unless another package's type has it already."""
        owner = self._names.setdefault(descriptor.name, descriptor.full_name)
        return descriptor.name if owner == descriptor.full_name else descriptor.full_name


_FIXED = {
    field_behavior_pb2.OUTPUT_ONLY,
    field_behavior_pb2.IDENTIFIER,
    field_behavior_pb2.IMMUTABLE,
}


def _is_required(field: FieldDescriptor) -> bool:
    return field_behavior_pb2.REQUIRED in behaviors(field)


def _required_choices(descriptor: Descriptor) -> list[str]:
    """The members of the first oneof of which one must be given."""
    for oneof in descriptor.oneofs:
        options: Any = oneof.GetOptions()
        if options.Extensions[validate_pb2.oneof].required:
            return [field.name for field in oneof.fields]
    return []
