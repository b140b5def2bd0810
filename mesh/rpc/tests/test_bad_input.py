"""Bytes over gRPC that are not what the contract says, refused as the caller's fault."""

from typing import Any

import grpc
import pytest
from grpc_status import rpc_status

from mesh.contract.model import MAX_HEAD_BYTES, MAX_REQUEST_BYTES
from mesh.core.errors import RemoteError
from mesh.tests.toy.contract import NAME

FIELD_1, LINES, LABELS = b"\x0a", b"\x12", b"\x1a"
FEW, PAIRS, SHARE, SAID = b"\x22", b"\x2a", b"\x30", b"\x3a"
NESTED = b"\x0b" * 200  # groups that never end

BYTES = {
    "no protobuf": b"\xff\xff\xff\xff",
    "a length beyond the end": FIELD_1 + b"\x7f" + b"a",
    "a text that is not UTF-8": FIELD_1 + b"\x01\xff",
    "a lone surrogate": FIELD_1 + b"\x03\xed\xa0\x80",
    "a field numbered zero": b"\x02\x01a",
    "a length past 2^63": FIELD_1 + b"\xff" * 9 + b"\x7f",
    "groups without an end": NESTED,
    "JSON": b'{"what": "hi"}',
}
REFUSED = {
    "a NUL": (FIELD_1 + b"\x01\x00", "what", "string.nul"),
    "a NUL in a map's key": (LABELS + b"\x05\x0a\x01\x00\x12\x00", "labels[key]", "string.nul"),
    "a text that is too long": (FIELD_1 + b"\x15" + b"a" * 21, "what", "string.max_len"),
    "an item that is empty": (LINES + b"\x00", "lines[0].text", "string.min_len"),
    "a list that is too long": ((FEW + b"\x00") * 4, "few", "repeated.max_items"),
    "a map that is too long": (
        PAIRS + b"\x03\x0a\x01a" + PAIRS + b"\x03\x0a\x01b",
        "pairs",
        "map.max_pairs",
    ),
    "a list that is too long inside another": (
        SAID + b"\x02" + FEW + b"\x00" + SAID + b"\x08" + (FEW + b"\x00") * 4,
        "said[1].few",
        "repeated.max_items",
    ),
    "a value that a rule can't be applied to": (SHARE + b"\x07", "", "rule.failed"),
}


def failed(channel: grpc.Channel, sent: bytes, path: str = f"/{NAME}/Say", **options: Any) -> Any:
    """The error that a call with these bytes ends with."""
    rpc = channel.unary_unary(path, request_serializer=None, response_deserializer=None)
    with pytest.raises(grpc.RpcError) as caught:
        rpc(sent, timeout=5, **options)
    return caught.value


def error_of(channel: grpc.Channel, sent: bytes) -> RemoteError:
    status = rpc_status.from_call(failed(channel, sent))
    assert status is not None
    return RemoteError(status)


@pytest.mark.parametrize("sent", BYTES.values(), ids=BYTES.keys())
def test_bytes_that_are_no_message_are_an_invalid_argument(bare: grpc.Channel, sent: bytes) -> None:
    error = error_of(bare, sent)
    assert (error.code, error.reason) == (3, "REQUEST_INVALID")
    assert error.detail == "the request is no toy.v1.SayRequest"


@pytest.mark.parametrize(("sent", "field", "rule"), REFUSED.values(), ids=REFUSED.keys())
def test_a_message_that_breaks_the_contract_is_refused_by_field(
    bare: grpc.Channel, sent: bytes, field: str, rule: str
) -> None:
    error = error_of(bare, sent)
    assert [(v.field, v.reason) for v in error.violations] == [(field, rule)]


def test_of_a_thousand_wrong_fields_the_first_twenty_are_named(bare: grpc.Channel) -> None:
    error = error_of(bare, (LINES + b"\x00") * 1000)
    assert (error.code, error.reason) == (3, "REQUEST_INVALID")
    assert [v.field for v in error.violations] == [f"lines[{n}].text" for n in range(20)]
    assert error.detail.endswith("in 1000 places, of which 20 are listed")


def test_a_message_longer_than_the_contract_says_is_refused_before_it_is_decoded(
    bare: grpc.Channel,
) -> None:
    most_bytes = MAX_REQUEST_BYTES + MAX_HEAD_BYTES
    error = error_of(bare, b"\xff" * (most_bytes + 1))
    assert (error.code, error.reason) == (3, "REQUEST_INVALID")
    assert error.detail == f"this request may have {most_bytes} bytes at most"
    assert error_of(bare, b"\xff" * most_bytes).detail == "the request is no toy.v1.SayRequest"


def test_a_wrong_field_with_a_long_name_is_named_by_the_start_of_it(bare: grpc.Channel) -> None:
    key, value = b"\x0a\xa0\x9c\x01" + b"k" * 20_000, b"\x12\x01\x00"
    error = error_of(bare, LABELS + b"\xa7\x9c\x01" + key + value)
    assert [(v.field[:9], v.reason) for v in error.violations] == [('labels["k', "string.nul")]


def test_a_message_over_four_mebibytes_is_refused_unread(bare: grpc.Channel) -> None:
    error = failed(bare, bytes(4 * 1024 * 1024 + 1))
    assert error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED


def test_metadata_over_sixteen_kibibytes_is_refused(bare: grpc.Channel) -> None:
    error = failed(bare, b"", metadata=(("x-long", "a" * 20_000),))
    assert error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED


@pytest.mark.parametrize("path", [f"/{NAME}/Nothing", "/nothing.v1.Nothing/Say", "/x"])
def test_an_unknown_rpc_is_unimplemented(bare: grpc.Channel, path: str) -> None:
    assert failed(bare, b"", path).code() == grpc.StatusCode.UNIMPLEMENTED
