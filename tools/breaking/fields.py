"""What breaks who fills or reads a message: behaviors, constraints, privacy."""

from collections.abc import Iterator
from typing import Any

from buf.validate import validate_pb2
from google.api import field_behavior_pb2, field_info_pb2, resource_pb2
from google.protobuf.descriptor import FieldDescriptor

from market.options.v1 import options_pb2
from tools.breaking.constraints import tightened, tightened_message
from tools.breaking.files import Parts
from tools.breaking.finding import BEHAVIOUR, REST, SOURCE, Finding

_NO_RULES: Any = validate_pb2.FieldRules()
_FROZEN = {
    field_behavior_pb2.IMMUTABLE: "IMMUTABLE",
    field_behavior_pb2.OUTPUT_ONLY: "OUTPUT_ONLY",
    field_behavior_pb2.IDENTIFIER: "IDENTIFIER",
}
OPTIONAL = "take requests without it, and require it in the next version of the package"
LOOSE = "take what was taken, and refuse it in the next version of the package"


def field_findings(old: Parts, new: Parts) -> Iterator[Finding]:
    for name, after in new.fields.items():
        message = name.rpartition(".")[0]
        if name in old.fields:
            given = message in old.inputs
            answered = message in old.outputs or not given
            yield from _changed(old.fields[name], after, given=given, answered=answered)
        elif message in old.messages and message in old.inputs:
            yield from _added(after)
    for name, descriptor in new.messages.items():
        if name in old.messages and name in old.inputs:
            rules = (_of(one, validate_pb2.message) for one in (old.messages[name], descriptor))
            for what in tightened_message(*rules):
                yield Finding("CONSTRAINT_TIGHTENED", name, BEHAVIOUR, what, LOOSE)
    for name, oneof in new.oneofs.items():
        message = oneof.containing_type.full_name
        known = name in old.oneofs and _required(old.oneofs[name])
        if message in old.messages and message in old.inputs and _required(oneof) and not known:
            what = "one of its fields is required now"
            yield Finding("REQUIRED_ADDED", name, BEHAVIOUR, what, OPTIONAL)


def _added(field: FieldDescriptor) -> Iterator[Finding]:
    rules = _of(field, validate_pb2.field)
    if field_behavior_pb2.REQUIRED in _behaviors(field) or rules.required:
        what = "a required field was added to what is sent already"
        yield Finding("REQUIRED_FIELD_ADDED", field.full_name, BEHAVIOUR, what, OPTIONAL)
    elif _refuses_empty(rules) and field.containing_oneof is None:
        what = "a field was added that may not be left out"
        yield Finding("REQUIRED_FIELD_ADDED", field.full_name, BEHAVIOUR, what, OPTIONAL)


def _refuses_empty(rules: Any) -> bool:
    """Returns whether rules refuse what a client sends that does not know the field."""
    if rules.ignore != validate_pb2.IGNORE_UNSPECIFIED:
        return False
    kind = rules.WhichOneof("type")
    if kind is None:
        return False
    zero: Any = getattr(rules, kind)
    least = ("min_len", "min_bytes", "min_items", "min_pairs", "gt", "gte", "len", "len_bytes")
    given = {rule.name: value for rule, value in zero.ListFields()}
    below = any(isinstance(given.get(n), int | float) and given[n] > 0 for n in least)
    formats = {"uuid", "email", "uri", "hostname", "ip", "const", "in", "pattern", "prefix"}
    return below or bool(formats & set(given))


def _changed(
    old: FieldDescriptor, new: FieldDescriptor, *, given: bool, answered: bool
) -> Iterator[Finding]:
    name, before, after = new.full_name, _behaviors(old), _behaviors(new)
    if given:
        if field_behavior_pb2.REQUIRED in after - before:
            yield Finding("REQUIRED_ADDED", name, BEHAVIOUR, "it is required now", OPTIONAL)
        for one in sorted((after - before) & set(_FROZEN)):
            what = f"it is {_FROZEN[one]} now, and can't be set as before"
            yield Finding("FIELD_FROZEN", name, BEHAVIOUR, what, LOOSE)
        for what in tightened(_of(old, validate_pb2.field), _of(new, validate_pb2.field)):
            yield Finding("CONSTRAINT_TIGHTENED", name, BEHAVIOUR, what, LOOSE)
    if answered and field_behavior_pb2.INPUT_ONLY in after - before:
        yield Finding(
            "FIELD_HIDDEN", name, BEHAVIOUR, "it is not sent any more", "go on sending it"
        )
    if _of(old, options_pb2.sensitive) and not _of(new, options_pb2.sensitive):
        what = "it may be logged, as it is not sensitive any more"
        yield Finding("SENSITIVE_DROPPED", name, BEHAVIOUR, what, "keep it sensitive")
    if _of(old, options_pb2.header) != _of(new, options_pb2.header):
        what = f"its header is {_of(new, options_pb2.header) or 'none'} now"
        yield Finding("HEADER_CHANGED", name, REST, what, "take the old header too")
    was, now = (_of(one, field_info_pb2.field_info).format for one in (old, new))
    if was != now and was:
        what = "clients fill it in another way, or not any more"
        yield Finding("FORMAT_CHANGED", name, BEHAVIOUR, what, "keep the format")
    was, now = (_of(one, resource_pb2.resource_reference).type for one in (old, new))
    if was and was != now:
        what = f"it refers to {now or 'nothing'}, and did to {was}"
        yield Finding("REFERENCE_CHANGED", name, SOURCE, what, "add a field for the other resource")


def _behaviors(field: FieldDescriptor) -> set[int]:
    return set(_of(field, field_behavior_pb2.field_behavior))


def _required(oneof: Any) -> bool:
    return bool(_of(oneof, validate_pb2.oneof).required)


def _of(one: Any, extension: Any) -> Any:
    return one.GetOptions().Extensions[extension]
