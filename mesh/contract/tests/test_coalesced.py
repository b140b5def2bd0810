"""Only what can be sent again without harm may travel with others."""

from typing import Any

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool

from market.options.v1 import options_pb2
from mesh.contract.model import Contract, ContractError, Method
from mesh.tests.toy.contract import DESCRIPTORS, NAME

LEVEL = descriptor_pb2.MethodOptions


def coalesced(rpc: str, *, level: int | None = None, asked_in_a_stream: bool = False) -> Method:
    """Returns an RPC of the toy with the option set."""
    files = descriptor_pb2.FileDescriptorSet.FromString(DESCRIPTORS.read_bytes())
    (method,) = [one for one in files.file[-1].service[0].method if one.name == rpc]
    options: Any = method.options
    options.Extensions[options_pb2.coalesced] = True
    if level is not None:
        options.idempotency_level = level
    method.client_streaming = asked_in_a_stream
    pool = descriptor_pool.DescriptorPool()
    contract = Contract.from_descriptor_set(files.SerializeToString(), pool)
    return contract.methods[f"/{NAME}/{rpc}"]


@pytest.mark.parametrize("rpc", ["Say", "Repeat"])
def test_a_read_may_be_coalesced_and_so_may_what_has_a_request_id(rpc: str) -> None:
    assert coalesced(rpc).coalesced


@pytest.mark.parametrize(
    ("rpc", "level"), [("Write", LEVEL.IDEMPOTENT), ("Repeat", LEVEL.IDEMPOTENCY_UNKNOWN)]
)
def test_what_would_take_effect_twice_may_not(rpc: str, level: int) -> None:
    with pytest.raises(ContractError, match=f"{rpc} is neither a read nor IDEMPOTENT"):
        coalesced(rpc, level=level)


@pytest.mark.parametrize(("rpc", "asked"), [("Watch", False), ("Say", True), ("Repeat", True)])
def test_a_stream_may_not(rpc: str, asked: bool) -> None:
    with pytest.raises(ContractError, match=f"{rpc} is not unary"):
        coalesced(rpc, asked_in_a_stream=asked)
