"""No rule of the contract costs more than in proportion, however long a list or text is.

A message is checked by lengths first (`mesh.contract.bounds`); the rules hold by themselves too, as
others may check messages with the contract alone.
"""

from functools import partial
from typing import Any

import pytest
from buf.validate import validate_pb2
from google.protobuf import descriptor_pb2, descriptor_pool
from google.protobuf.descriptor import Descriptor

from mesh.contract.bounds import bound_of
from mesh.contract.model import Method, market_contract
from mesh.contract.validation import violations
from tests.contract.growing import CHARS, ITEMS, TEXTS, growing, is_steep, of_size

METHODS = {method.path.rpartition(".")[2]: method for method in market_contract()}
QUADRATIC = "this.map(i, i).unique()"


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS.keys())
def test_no_rule_is_steep_over_a_list_a_map_or_a_text(method: Method) -> None:
    request = method.descriptor.input_type
    for path in growing(request):
        name = ".".join(step.name for step in path)
        if path[-1].is_repeated:
            assert not is_steep(partial(of_size, request, path), ITEMS), name
        else:
            for text in TEXTS:
                make = partial(of_size, request, path, text=text)
                assert not is_steep(make, CHARS), f"{name} of {text}"


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS.keys())
def test_a_list_that_is_too_long_is_refused_for_its_length_alone(method: Method) -> None:
    request = method.descriptor.input_type
    for path in growing(request):
        bound = bound_of(path[-1])
        if bound is not None:
            found = violations(of_size(request, path, bound.most + 1))
            assert [violation.reason for violation in found] == [bound.rule]


@pytest.mark.parametrize(
    ("rule", "steep"), [(QUADRATIC, True), (f"this.size() > 50 || {QUADRATIC}", False)]
)
def test_a_rule_that_takes_the_square_is_told_from_one_that_looks_at_the_size_first(
    rule: str, steep: bool
) -> None:
    listed = with_rule(rule)
    (path,) = [path for path in growing(listed) if path[-1].is_repeated]
    assert is_steep(partial(of_size, listed, path), ITEMS) is steep


def with_rule(rule: str) -> Descriptor:
    """Returns a message with one list of texts, which keeps this rule in CEL."""
    name = f"rules{abs(hash(rule))}"
    file = descriptor_pb2.FileDescriptorProto(
        name=f"{name}.proto",
        package=name,
        syntax="proto3",
        dependency=["buf/validate/validate.proto"],
    )
    field = file.message_type.add(name="Listed").field.add(
        name="texts",
        number=1,
        type=descriptor_pb2.FieldDescriptorProto.TYPE_STRING,
        label=descriptor_pb2.FieldDescriptorProto.LABEL_REPEATED,
    )
    options: Any = field.options
    options.Extensions[validate_pb2.field].cel.add(id="rule", message="no", expression=rule)
    pool = descriptor_pool.Default()
    pool.Add(file)
    found: Descriptor = pool.FindMessageTypeByName(f"{name}.Listed")
    return found
