"""What the contract says holds for the one who sends: checked there, it refuses nothing good."""

from typing import Any

import pytest
from google.api import field_behavior_pb2, field_info_pb2, resource_pb2
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.rpc import code_pb2

from mesh.contract.model import DESCRIPTOR_SET, Method, market_contract
from mesh.contract.validation import violations
from mesh.core.errors import DomainError, FieldViolation, to_status

METHODS = {method.path.rpartition(".")[2]: method for method in market_contract()}
OWNED = [name for name, method in METHODS.items() if method.access.owner_field]
REQUIRED = field_behavior_pb2.REQUIRED
ANY_ID = "0190a3c4-0000-7000-8000-000000000000"
SUFFIXES = ("_id", "_ids")
OTHER_IDS = {"request_id"}


def options(field: FieldDescriptor, extension: Any) -> Any:
    return field.GetOptions().Extensions[extension]


def own_messages() -> list[Descriptor]:
    """Returns every message of the contract, in and out."""
    seen: dict[str, Descriptor] = {}
    wanted = [
        t for m in METHODS.values() for t in (m.descriptor.input_type, m.descriptor.output_type)
    ]
    while wanted:
        one = wanted.pop()
        if one.full_name.startswith("market.") and one.full_name not in seen:
            seen[one.full_name] = one
            wanted += [field.message_type for field in one.fields if field.message_type]
    return list(seen.values())


@pytest.mark.parametrize("name", OWNED)
@pytest.mark.parametrize("owner", ["me", ANY_ID, ANY_ID.upper()])
def test_an_owner_may_be_named_me(name: str, owner: str) -> None:
    assert violated(METHODS[name], owner) == set()


@pytest.mark.parametrize("name", OWNED)
@pytest.mark.parametrize("owner", ["m", "mee", "you", ANY_ID[:-1], f"{ANY_ID}0", f"me{ANY_ID}"])
def test_an_owner_is_nothing_else_than_an_id_or_me(name: str, owner: str) -> None:
    assert violated(METHODS[name], owner) == {".".join(METHODS[name].access.owner_field)}


def violated(method: Method, owner: str) -> set[str]:
    """Returns which part of a request's owner breaks the contract."""
    request: Any = method.request_class()
    *within, last = method.access.owner_field
    part = request
    for name in within:
        part = getattr(part, name)
    setattr(part, last, owner)
    found = {violation.field for violation in violations(request)}
    return found & {".".join(method.access.owner_field)}


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS.keys())
def test_a_field_is_required_if_it_may_not_be_empty(method: Method) -> None:
    refused = {violation.field for violation in violations(method.request_class())} - {""}
    fields = method.descriptor.input_type.fields
    required = {field.name for field in fields if REQUIRED in behaviors(field)}
    oneofs = {oneof.name for oneof in method.descriptor.input_type.oneofs}
    assert refused - oneofs == required


def behaviors(field: FieldDescriptor) -> set[int]:
    return set(options(field, field_behavior_pb2.field_behavior))


@pytest.mark.parametrize("message", own_messages(), ids=lambda m: m.full_name)
def test_each_field_says_how_it_behaves(message: Descriptor) -> None:
    """AIP-203; a response says it of nothing, as it is output as a whole."""
    if not message.name.endswith("Response"):
        assert [field.name for field in message.fields if not behaviors(field)] == []


@pytest.mark.parametrize("message", own_messages(), ids=lambda m: m.full_name)
def test_each_id_says_what_it_is_the_id_of(message: Descriptor) -> None:
    for field in message.fields:
        if field.name.endswith(SUFFIXES) and field.name not in OTHER_IDS:
            assert options(field, resource_pb2.resource_reference).type in resources(), field.name


def resources() -> set[str]:
    return {
        message.GetOptions().Extensions[resource_pb2.resource].type for message in own_messages()
    } - {""}


@pytest.mark.parametrize("message", own_messages(), ids=lambda m: m.full_name)
def test_each_request_id_is_a_uuid4(message: Descriptor) -> None:
    if "request_id" in message.fields_by_name:
        info = options(message.fields_by_name["request_id"], field_info_pb2.field_info)
        assert info.format == field_info_pb2.FieldInfo.UUID4


def test_a_request_id_that_is_required_is_the_callers_to_make() -> None:
    assert METHODS["PaymentService/RefundPayment"].generates_request_id
    assert not METHODS["PaymentService/CapturePayment"].generates_request_id


def test_each_file_says_its_package_in_go_and_java() -> None:
    for file in files().file:
        if file.package.startswith("market."):
            name, version = file.package.split(".")[1:]
            suffix = f"contracts/market/{name}/{version};{name}{version}"
            assert file.options.go_package == f"marketmesh.example/{suffix}"
            assert file.options.java_package == f"com.marketmesh.{name}.{version}"
            assert file.options.java_multiple_files


def files() -> descriptor_pb2.FileDescriptorSet:
    return descriptor_pb2.FileDescriptorSet.FromString(DESCRIPTOR_SET.read_bytes())


def test_each_detail_of_an_error_resolves_from_the_set_alone() -> None:
    pool = descriptor_pool.DescriptorPool()
    for file in files().file:
        pool.Add(file)
    error = DomainError(
        "wrong", violations=[FieldViolation("a", "b", "c")], retry_after_s=1.5, sku="MUG"
    )
    error.code = code_pb2.FAILED_PRECONDITION
    status = message_factory.GetMessageClass(pool.FindMessageTypeByName("google.rpc.Status"))
    read: Any = status.FromString(to_status(error).SerializeToString())
    names = [detail.type_url.removeprefix("type.googleapis.com/") for detail in read.details]
    assert names == ["google.rpc.ErrorInfo", "google.rpc.BadRequest", "google.rpc.RetryInfo"]
    for detail, name in zip(read.details, names, strict=True):
        message = message_factory.GetMessageClass(pool.FindMessageTypeByName(name))()
        message.ParseFromString(detail.value)
        assert message.ByteSize()
