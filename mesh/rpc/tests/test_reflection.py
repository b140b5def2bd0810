"""A stock client learns the contract from a server, comments included."""

from typing import Any

import grpc
import pytest
from google.protobuf import descriptor_pb2
from grpc_reflection.v1alpha import reflection_pb2

from mesh.contract.model import market_contract
from mesh.rpc.definition import RpcDefinition
from mesh.rpc.reflection import REFLECTIONS
from mesh.testing.servers import serving
from mesh.tests.toy.contract import NAME


def asked(channel: grpc.Channel, reflection: str = REFLECTIONS[1], **what: Any) -> Any:
    rpc = channel.stream_stream(
        f"/{reflection}/ServerReflectionInfo",
        request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
        response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
    )
    (answer,) = rpc(iter([reflection_pb2.ServerReflectionRequest(**what)]), timeout=10)
    return answer


def files(answer: Any) -> dict[str, descriptor_pb2.FileDescriptorProto]:
    found = answer.file_descriptor_response.file_descriptor_proto
    protos = [descriptor_pb2.FileDescriptorProto.FromString(one) for one in found]
    return {proto.name: proto for proto in protos}


@pytest.mark.parametrize("version", REFLECTIONS)
def test_both_versions_list_the_services(bare: grpc.Channel, version: str) -> None:
    answer = asked(bare, version, list_services="")
    listed = [service.name for service in answer.list_services_response.service]
    assert set(listed) == {NAME, "grpc.health.v1.Health", *REFLECTIONS}


@pytest.mark.parametrize(
    "symbol",
    [
        NAME,
        f"{NAME}.Say",
        "toy.v1.SayRequest",
        "toy.v1.SayRequest.what",
        *("grpc.health.v1.Health", *REFLECTIONS),
    ],
)
def test_each_symbol_is_found_with_all_that_its_file_imports(
    bare: grpc.Channel, symbol: str
) -> None:
    found = files(asked(bare, file_containing_symbol=symbol))
    assert {name for proto in found.values() for name in proto.dependency} <= set(found)


@pytest.mark.parametrize(
    "symbol",
    [
        "market.order.v1.OrderService.CreateOrder",
        "market.order.v1.OrderState.ORDER_STATE_PENDING",
        "market.order.v1.ORDER_STATE_PENDING",
    ],
)
def test_methods_and_enum_values_are_found(bare: grpc.Channel, symbol: str) -> None:
    assert "market/order/v1/order.proto" in files(asked(bare, file_containing_symbol=symbol))


def test_files_have_their_comments(bare: grpc.Channel) -> None:
    answer = files(asked(bare, file_by_filename="market/order/v1/order.proto"))
    locations = answer["market/order/v1/order.proto"].source_code_info.location
    comments = "".join(one.leading_comments for one in locations)
    assert "CreateOrder places an order" in comments


def test_extensions_are_found_by_number_and_listed(bare: grpc.Channel) -> None:
    options = "google.protobuf.MethodOptions"
    found = asked(
        bare, file_containing_extension={"containing_type": options, "extension_number": 50101}
    )
    assert "market/options/v1/options.proto" in files(found)
    numbers = asked(bare, all_extension_numbers_of_type=options).all_extension_numbers_response
    assert {50101, 72295728} <= set(numbers.extension_number)


@pytest.mark.parametrize(
    ("what", "code"),
    [
        ({"file_containing_symbol": "nope.Nope"}, 5),
        ({"file_by_filename": "nope.proto"}, 5),
        ({"all_extension_numbers_of_type": "nope.Nope"}, 5),
        ({"file_containing_extension": {"containing_type": "x.Y", "extension_number": 1}}, 5),
        ({}, 3),
    ],
)
def test_what_is_not_there_is_an_error_of_the_answer(
    bare: grpc.Channel, what: dict[str, Any], code: int
) -> None:
    assert asked(bare, **what).error_response.error_code == code


def test_a_server_reflects_the_contract_that_it_was_started_with(
    toy_contract: None, wiring: RpcDefinition
) -> None:
    assert {method.service_name for method in market_contract()} == {NAME}
    with serving(wiring) as (_, channel):
        answer = asked(channel, file_containing_symbol="market.order.v1.OrderService")
    assert answer.error_response.error_code == 5
