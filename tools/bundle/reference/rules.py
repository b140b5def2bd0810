"""What a field may hold, in the words of its annotations."""

from collections.abc import Iterator
from typing import Any

from buf.validate import validate_pb2
from google.api import field_behavior_pb2
from google.protobuf.descriptor import FieldDescriptor, OneofDescriptor

from edge_api.openapi.constraints import in_words, one_of_names, rules_of
from edge_api.transcoding.field_mask import behaviors
from market.options.v1 import options_pb2

_NESTED = {"items": "each ", "keys": "each key ", "values": "each value "}


def notes_on(field: FieldDescriptor) -> list[str]:
    """Returns what is said of a field beside its comment, from all of its options."""
    options: Any = field.GetOptions()
    notes = [_behavior(one) for one in sorted(behaviors(field))]
    oneof = field.containing_oneof
    if oneof is not None and len(oneof.fields) > 1:
        notes.append(_of_oneof(oneof))
    if header := options.Extensions[options_pb2.header]:
        notes.append(f"over REST the header {header}")
    if options.Extensions[options_pb2.sensitive]:
        notes.append("sensitive: not for logs")
    if options.deprecated:
        notes.append("deprecated")
    allowed = one_of_names(field).get("enum", ())
    limits = [] if allowed else list(_limits(rules_of(field)))
    return [*notes, *limits, *([f"one of {', '.join(allowed)}"] if allowed else [])]


def _behavior(value: int) -> str:
    name: str = field_behavior_pb2.FieldBehavior.Name(value)
    return name.replace("_", " ").lower()


def _of_oneof(oneof: OneofDescriptor) -> str:
    options: Any = oneof.GetOptions()
    required = options.Extensions[validate_pb2.oneof].required
    names = ", ".join(one.name for one in oneof.fields)
    return f"{'exactly' if required else 'at most'} one of {names}"


def _limits(rules: Any, each: str = "") -> Iterator[str]:
    yield from in_words(rules)
    kind = rules.WhichOneof("type")
    for rule, value in getattr(rules, kind).ListFields() if kind else ():
        if rule.name in _NESTED:
            yield from _limits(value, _NESTED[rule.name])
        else:
            said = rule.name if value is True else f"{rule.name} {_text(value)}"
            yield f"{each}{said}"


def _text(value: Any) -> str:
    return str(value).strip()
