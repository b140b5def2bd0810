"""JSON Schemas of message types, each a component of the document."""

from collections.abc import Callable, Collection, Mapping

from drf_spectacular.plumbing import ComponentRegistry, ResolvedComponent
from google.api import field_behavior_pb2
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor

from edge_api.codec.descriptors import is_map, map_fields
from edge_api.codec.well_known.registry import WELL_KNOWN, WRAPPERS
from edge_api.openapi.constraints import (
    Schema,
    in_words,
    keywords,
    one_of_names,
    rules_of,
)
from edge_api.openapi.oneofs import oneof_keywords
from edge_api.openapi.scalars import scalar
from edge_api.transcoding.field_mask import behaviors, is_required
from edge_api.transcoding.headers import header_of


class Messages:
    """Schemas of message types, which register the types that they refer to.

    A response may get members that a client does not know yet, while a request may have no
    unknown ones. So a type has a schema for each, under a name of its own.
    """

    def __init__(
        self,
        registry: ComponentRegistry,
        comments: Mapping[str, str],
        *,
        strict: bool = False,
        names: dict[str, str] | None = None,
    ) -> None:
        self._registry = registry
        self._comments = comments
        self._strict = strict
        self._names: dict[str, str] = {} if names is None else names

    def of_requests(self) -> "Messages":
        """Returns the schemas of messages in requests, with the same registry."""
        return Messages(self._registry, self._comments, strict=True, names=self._names)

    def ref(self, descriptor: Descriptor) -> Schema:
        """Returns a reference to the type's component, which the first reference makes."""
        if descriptor.full_name in WELL_KNOWN:
            return dict(WELL_KNOWN[descriptor.full_name].schema)
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
        """Returns a closed enum for requests, and an open one for responses."""
        names = [value.name for value in enum.values]
        schema: Schema = {"type": "string", "enum" if self._strict else OPEN_ENUM: names}
        meanings = {v.name: self._comments.get(f"{enum.full_name}.{v.name}") for v in enum.values}
        lines = [f"- `{name}`: {text}" for name, text in meanings.items() if text]
        opened = "" if self._strict else MORE_VALUES
        described = [self._comments.get(enum.full_name, ""), "\n".join(lines), opened]
        if description := "\n\n".join(part for part in described if part):
            schema["description"] = description
        return schema

    def object(
        self, descriptor: Descriptor, *, without: Collection[str] = (), update: bool = False
    ) -> Schema:
        """Returns the schema itself; that of an `update` has only optional, mutable fields."""
        fields = [field for field in descriptor.fields if field.name not in without]
        if self._strict:
            fields = [field for field in fields if _is_sent(field)]
        if update:
            fields = [field for field in fields if not _FIXED & behaviors(field)]
        schema: Schema = {
            "type": "object",
            "properties": {field.name: self.field(field) for field in fields},
        }
        if self._strict:
            schema["additionalProperties"] = False
        if comment := self._comments.get(descriptor.full_name):
            schema["description"] = comment
        required = [field.name for field in fields if self._is_there(field)]
        if required and not update:
            schema["required"] = required
        return schema | ({} if update else oneof_keywords(descriptor))

    def _is_there(self, field: FieldDescriptor) -> bool:
        """Whether a request must have the member, or every response has it.

        A response has all members but those that have presence and are unset.
        """
        return is_required(field) or not (self._strict or field.has_presence)

    def field(self, field: FieldDescriptor) -> Schema:
        """Returns the schema of a property or parameter, with its comment and constraints."""
        schema = self.value(field)
        rules = rules_of(field)
        words = [self._comments.get(field.full_name, ""), *in_words(rules)]
        if description := "\n\n".join(word for word in words if word):
            schema["description"] = description
        given = behaviors(field)
        if _OUTPUT_ONLY in given or field_behavior_pb2.IDENTIFIER in given:
            schema["readOnly"] = True
        if field_behavior_pb2.INPUT_ONLY in given:
            schema["writeOnly"] = True
        if field.GetOptions().deprecated:
            schema["deprecated"] = True
        return schema

    def value(self, field: FieldDescriptor) -> Schema:
        """Returns the schema of a field's value, lists and maps included."""
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
        if (enum := field.enum_type) is not None:
            some = one_of_names(field) if self._strict else {}
            return some or self._component(enum, lambda: self._enum(enum))
        return scalar(field)

    def _name(self, descriptor: Descriptor | EnumDescriptor) -> str:
        """Returns the short name, or the full one where another type has the short one."""
        owner = self._names.setdefault(descriptor.name, descriptor.full_name)
        name = descriptor.name if owner == descriptor.full_name else descriptor.full_name
        return f"{name}Input" if self._strict and not name.endswith("Request") else name


def _is_sent(field: FieldDescriptor) -> bool:
    """Returns whether a field of a request is in its body."""
    return _OUTPUT_ONLY not in behaviors(field) and not header_of(field)


# Source: Zalando RESTful API guidelines, 112; JSON Schema has no keyword for it.
OPEN_ENUM = "x-extensible-enum"
MORE_VALUES = "Values may be added: take one that you do not know for an unspecified one."
_OUTPUT_ONLY = field_behavior_pb2.OUTPUT_ONLY
_FIXED = {
    _OUTPUT_ONLY,
    field_behavior_pb2.IDENTIFIER,
    field_behavior_pb2.IMMUTABLE,
}
