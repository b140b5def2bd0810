"""`buf.validate` constraints as JSON Schema keywords, as far as there are keywords."""

from typing import Any

from buf.validate import validate_pb2
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

Schema = dict[str, Any]
# A 64-bit integer as the JSON mapping writes it, to the 18 digits that all of them can have.
NOT_NEGATIVE = "^(0|[1-9][0-9]{0,17})$"

_STRING = {"min_len": "minLength", "max_len": "maxLength", "pattern": "pattern", "const": "const"}
UUID_CHARS = 36
_FORMATS = {"email": "email", "uuid": "uuid", "uri": "uri", "hostname": "hostname", "ip": "ip"}
_NUMBER = {
    "gte": "minimum",
    "gt": "exclusiveMinimum",
    "lte": "maximum",
    "lt": "exclusiveMaximum",
    "const": "const",
}
_REPEATED = {"min_items": "minItems", "max_items": "maxItems", "unique": "uniqueItems"}
_MAP = {"min_pairs": "minProperties", "max_pairs": "maxProperties"}


def rules_of(field: FieldDescriptor) -> validate_pb2.FieldRules:
    options: Any = field.GetOptions()
    rules: validate_pb2.FieldRules = options.Extensions[validate_pb2.field]
    return rules


def keywords(rules: validate_pb2.FieldRules) -> Schema:
    """Returns keywords for one value, or for a list or map with its items.

    A value that may be left out is described as it is where it is given: an empty text, which
    the JSON mapping takes for an absent one, is in no keyword.
    """
    kind = rules.WhichOneof("type")
    given: Any = getattr(rules, kind) if kind else None
    match kind:
        case "string":
            return _renamed(given, _STRING) | _format(given) | _length(given)
        case "repeated":
            items = keywords(given.items)
            return _renamed(given, _REPEATED) | ({"items": items} if items else {})
        case "map":
            return _renamed(given, _MAP)
        case "int32" | "uint32" | "sint32" | "fixed32" | "sfixed32" | "float" | "double":
            return _renamed(given, _NUMBER)
        case "int64" if given.HasField("gte") and given.gte == 0:
            return {"pattern": NOT_NEGATIVE, "maxLength": 18}
    return {}  # 64-bit integers are strings in JSON: other limits have no keyword


def one_of_names(field: FieldDescriptor) -> Schema:
    """Returns the schema of an enum field that may not have all values of its type, or {}."""
    allowed = getattr(rules_of(field).enum, "in")
    values = field.enum_type.values if field.enum_type else ()
    names = [value.name for value in values if value.number in allowed]
    return {"type": "string", "enum": names} if names else {}


def in_words(rules: validate_pb2.FieldRules) -> list[str]:
    """Returns the messages of CEL rules, for which there are no keywords."""
    return [rule.message for rule in rules.cel if rule.message]


def _renamed(rules: Message, names: dict[str, str]) -> Schema:
    set_here = {field.name: value for field, value in rules.ListFields()}
    return {theirs: set_here[ours] for ours, theirs in names.items() if ours in set_here}


def _format(rules: validate_pb2.StringRules) -> Schema:
    return next(
        ({"format": name} for rule, name in _FORMATS.items() if getattr(rules, rule, False)), {}
    )


def _length(rules: validate_pb2.StringRules) -> Schema:
    if rules.HasField("len"):
        return {"minLength": rules.len, "maxLength": rules.len}
    return {"maxLength": UUID_CHARS} if rules.uuid else {}
