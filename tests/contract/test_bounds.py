"""No request can be larger than the contract says: each text, list and map in it is bounded."""

from collections.abc import Iterator

import pytest
from buf.validate import validate_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.struct_pb2 import Struct

from edge_api.openapi.constraints import rules_of
from mesh.contract.model import Method, market_contract

ANY_ID = "0190a3c4-0000-7000-8000-000000000000"
METHODS = {method.path.rpartition(".")[2]: method for method in market_contract()}
# A text that keeps a rule of one of these names has a limit.
FINITE = {"max_len", "max_bytes", "len", "len_bytes", "uuid", "const", "in"}


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS.keys())
def test_each_text_list_and_map_of_a_request_has_a_limit(method: Method) -> None:
    assert list(unbounded(method.descriptor.input_type, "")) == []


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS.keys())
def test_each_stream_has_a_limit_of_how_many_a_caller_holds_open(method: Method) -> None:
    assert bool(method.max_open_streams_per_caller) == method.descriptor.server_streaming


def test_what_has_no_limit_is_found() -> None:
    assert list(unbounded(FieldMask.DESCRIPTOR, "")) == ["paths (items)", "paths[]"]
    fields = unbounded(Struct.DESCRIPTOR, "")
    assert [next(fields), next(fields)] == ["fields (pairs)", "fields[key]"]


def unbounded(message: Descriptor, path: str) -> Iterator[str]:
    """Yields the paths of a message that have no limit."""
    for field in message.fields:
        here, rules = f"{path}{field.name}", rules_of(field)
        if field.message_type and is_map(field.message_type):
            if not rules.map.HasField("max_pairs"):
                yield f"{here} (pairs)"
            key, value = field.message_type.fields
            yield from unbounded_value(key, rules.map.keys, f"{here}[key]")
            yield from unbounded_value(value, rules.map.values, f"{here}[]")
        elif field.is_repeated:
            if not rules.repeated.HasField("max_items"):
                yield f"{here} (items)"
            yield from unbounded_value(field, rules.repeated.items, f"{here}[]")
        else:
            yield from unbounded_value(field, rules, here)


def unbounded_value(
    field: FieldDescriptor, rules: validate_pb2.FieldRules, path: str
) -> Iterator[str]:
    """Yields the path of a value without a limit; a rule in CEL may bound other packages's."""
    if field.type in (field.TYPE_STRING, field.TYPE_BYTES):
        kind = rules.string if field.type == field.TYPE_STRING else rules.bytes
        if not {rule.name for rule, _ in kind.ListFields()} & FINITE:
            yield path
    elif field.message_type and field.message_type.full_name.startswith("market."):
        yield from unbounded(field.message_type, f"{path}.")
    elif field.message_type and not rules.cel and any(unbounded(field.message_type, "")):
        yield path


def is_map(message: Descriptor) -> bool:
    return bool(message.GetOptions().map_entry)


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS.keys())
def test_the_longest_request_of_the_contract_is_within_its_limit_of_bytes(method: Method) -> None:
    assert longest_bytes(method.descriptor.input_type) <= method.max_request_bytes


def longest_bytes(message: Descriptor) -> int:
    """Returns the greatest length as JSON in UTF-8, names and numbers included."""
    return sum(
        len(field.name) + 4 + most_items(field) * longest_value_bytes(field)
        for field in message.fields
    )


def most_items(field: FieldDescriptor) -> int:
    return rules_of(field).repeated.max_items if field.is_repeated else 1


def longest_value_bytes(field: FieldDescriptor) -> int:
    """Returns a value's greatest length; rules in CEL bound other packages' (a mask: 20 paths)."""
    rules = rules_of(field).repeated.items if field.is_repeated else rules_of(field)
    if field.type == field.TYPE_STRING:
        return 3 + 4 * (rules.string.max_len or rules.string.max_bytes or len(ANY_ID))
    if field.message_type is None:
        return 24
    if field.message_type.full_name.startswith("market."):
        return 3 + longest_bytes(field.message_type)
    return {"google.protobuf.FieldMask": 20 * 101, "google.api.HttpBody": 0}.get(
        field.message_type.full_name, 200
    )
