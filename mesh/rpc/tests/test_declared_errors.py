"""An RPC fails with the errors that its contract lists; with any other it is told of."""

from io import StringIO
from typing import Any

import grpc
import pytest
from google.protobuf import descriptor_pb2, descriptor_pool
from google.rpc import code_pb2

from market.options.v1 import options_pb2
from mesh.contract.errors import DeclaredError
from mesh.contract.model import Contract, ContractError
from mesh.telemetry.metrics import RPC_UNDECLARED_ERRORS
from mesh.testing.servers import error_of
from mesh.tests.toy.contract import DESCRIPTORS, NAME, SayRequest, SayResponse


def contract(reason: str = "OUT_OF_TOYS") -> Contract:
    files = descriptor_pb2.FileDescriptorSet.FromString(DESCRIPTORS.read_bytes())
    say: Any = files.file[-1].service[0].method[0]
    say.options.Extensions[options_pb2.errors][0].reason = reason
    return Contract.from_descriptor_set(files.SerializeToString(), descriptor_pool.DescriptorPool())


def test_an_error_of_the_contract_has_the_code_and_domain_of_its_reason() -> None:
    (error,) = contract().methods[f"/{NAME}/Say"].errors
    expected = DeclaredError(code_pb2.FAILED_PRECONDITION, "OUT_OF_TOYS", "toy.v1", "on Mondays")
    assert error == expected
    assert error.name == "FAILED_PRECONDITION/OUT_OF_TOYS"


def test_a_reason_of_the_kit_may_be_listed_too() -> None:
    (error,) = contract("ETAG_MISMATCH").methods[f"/{NAME}/Say"].errors
    assert (error.name, error.domain) == ("ABORTED/ETAG_MISMATCH", "market.options.v1")


def test_a_reason_that_no_enum_has_refuses_the_contract() -> None:
    with pytest.raises(ContractError, match=r"ToyService\.Say: no code for the reason NOPE"):
        contract("NOPE")


def test_any_rpc_may_fail_with_the_kit_s_own_errors_and_one_with_request_ids_with_theirs() -> None:
    say, repeat = (contract().methods[f"/{NAME}/{name}"] for name in ("Say", "Repeat"))
    in_progress = "ABORTED/REQUEST_IN_PROGRESS"
    assert "UNAUTHENTICATED/TOKEN_MISSING" in {error.name for error in say.all_errors}
    assert in_progress not in {error.name for error in say.all_errors}
    assert in_progress in {error.name for error in repeat.all_errors}


def test_an_undeclared_error_is_counted_and_logged_and_reaches_the_caller(
    bare: grpc.Channel, written: StringIO
) -> None:
    write = bare.unary_unary(
        f"/{NAME}/Write",
        request_serializer=SayRequest.SerializeToString,
        response_deserializer=SayResponse.FromString,
    )
    labels = (f"{NAME}/Write", "FAILED_PRECONDITION/OUT_OF_TOYS")
    before = RPC_UNDECLARED_ERRORS.labels(*labels)._value.get()
    assert error_of(write, SayRequest(what="domain")).reason == "OUT_OF_TOYS"
    assert RPC_UNDECLARED_ERRORS.labels(*labels)._value.get() == before + 1
    assert '"rpc_error_undeclared"' in written.getvalue()
