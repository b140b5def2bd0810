"""The codec against protobuf's own JSON format, and against what must be refused."""

import json
from typing import Any

import orjson
import pytest
from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge_api.codec import DecodeError, Decoder, Encoder, parse
from edge_api.tests.strategies import messages
from mesh.contract.model import Contract, market_contract

EXAMPLES = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
NAMES = ["inner", "int32s", "value", "timestamp", "any", "@type", "unknown"]
TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(NAMES), inner),
)
ENCODER, DECODER = Encoder(), Decoder()


def types_of(contract: Contract) -> list[Descriptor]:
    return [
        kind
        for method in contract
        for kind in (method.descriptor.input_type, method.descriptor.output_type)
    ]


def everything(contract: Contract) -> Descriptor:
    return next(kind for kind in types_of(contract) if kind.name == "Everything")


def official(message: Message) -> Any:
    descriptor: Any = message.DESCRIPTOR
    return json_format.MessageToDict(
        message,
        preserving_proto_field_name=True,
        always_print_fields_with_no_presence=True,
        descriptor_pool=descriptor.file.pool,
    )


def decoded(descriptor: Descriptor, text: str | bytes) -> Any:
    message = GetMessageClass(descriptor)()
    body = text.encode() if isinstance(text, str) else text
    DECODER.of(descriptor)(message, parse(body))
    return message


def same(one: Any, other: Any) -> bool:
    """Equal as JSON documents; `1` and `1.0` are the same number."""
    return bool(
        json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True) or one == other
    )


@EXAMPLES
@given(st.data())
def test_what_goes_out_is_what_protobuf_prints(contract: Contract, data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from([everything(contract), *types_of(market_contract())]))
    message = data.draw(messages(kind))
    assert same(orjson.loads(ENCODER.dumps(message)), official(message))


@EXAMPLES
@given(st.data())
def test_what_protobuf_prints_comes_in_as_the_same_message(
    contract: Contract, data: st.DataObject
) -> None:
    kind = data.draw(st.sampled_from([everything(contract), *types_of(market_contract())]))
    message = data.draw(messages(kind))
    for names in (True, False):
        text = json_format.MessageToJson(
            message,
            preserving_proto_field_name=names,
            descriptor_pool=kind.file.pool,
        )
        if "NaN" not in text:  # equal to nothing
            assert decoded(kind, text) == message


@EXAMPLES
@given(st.data())
def test_what_goes_out_comes_in_again(contract: Contract, data: st.DataObject) -> None:
    kind = everything(contract)
    message = data.draw(messages(kind))
    body = ENCODER.dumps(message)
    assert ENCODER.dumps(decoded(kind, body)) == body


@EXAMPLES
@given(TREES)
def test_any_tree_fits_or_is_a_mismatch(contract: Contract, tree: Any) -> None:
    kind = everything(contract)
    for name in (field.name for field in kind.fields):
        try:
            DECODER.of(kind)(GetMessageClass(kind)(), {name: tree})
        except DecodeError as error:
            assert error.path.startswith(name)  # noqa: PT017  # it may as well fit


REFUSED = [
    ('{"int32_value": 1, "int32_value": 1}', "int32_value"),
    ('{"int32_value": 1, "int32Value": 1}', "int32Value"),
    ('{"inner": {"nope": 1}}', "inner.nope"),
    ('{"int32s": [1, "x"]}', "int32s[1]"),
    ('{"line_by_int32": {"1": {"quantity": true}}}', 'line_by_int32["1"].quantity'),
    ('{"line_by_int32": {"x": {}}}', 'line_by_int32["x"]'),
    ('{"int32_value": 2147483648}', "int32_value"),
    ('{"int64_value": 9223372036854775808}', "int64_value"),
    ('{"int64_value": "-9223372036854775809"}', "int64_value"),
    ('{"uint32_value": -1}', "uint32_value"),
    ('{"int32_value": 1.0}', "int32_value"),
    ('{"int32_value": "1.0"}', "int32_value"),
    ('{"int32_value": "\u0661"}', "int32_value"),
    ('{"int32_value": " 1"}', "int32_value"),
    ('{"int32_value": "01"}', "int32_value"),
    ('{"int32_value": true}', "int32_value"),
    ('{"bool_value": 1}', "bool_value"),
    ('{"bool_value": "true"}', "bool_value"),
    ('{"string_value": 1}', "string_value"),
    ('{"string_value": "a\\u0000"}', "string_value"),
    ('{"string_value": "\\ud800"}', "string_value"),
    ('{"bytes_value": "*"}', "bytes_value"),
    ('{"bytes_value": "é"}', "bytes_value"),
    ('{"colour": "PUCE"}', "colour"),
    ('{"colour": 17}', "colour"),
    ('{"float_value": 1e39}', "float_value"),
    ('{"double_value": 1e400}', "double_value"),
    ('{"double_value": ""}', "double_value"),
    ('{"chosen_string": "a", "chosen_int64": 1}', "chosen_int64"),
    ('{"timestamp": "2026-01-31T12:00:00"}', "timestamp"),
    ('{"timestamp": "2026-02-30T12:00:00Z"}', "timestamp"),
    ('{"timestamp": "0001-01-01T00:00:00+01:00"}', "timestamp"),
    ('{"duration": "1"}', "duration"),
    ('{"duration": "315576000001s"}', "duration"),
    ('{"field_mask": "a..b"}', "field_mask"),
    ('{"any": {"@type": "x/nope.Nope"}}', "any.@type"),
    ('{"struct": []}', "struct"),
    ('{"strings": [null]}', "strings[0]"),
    ('{"lines": {}}', "lines"),
    ("[]", ""),
    ("null", ""),
    ("", ""),
    ("{", ""),
    ('{"double_value": NaN}', ""),
    ("{'a': 1}", ""),
    ('{"a": 1,}', ""),
    ('{"a\\ud800": 1}', "a?"),
    ('{"int32_value": ' + "9" * 5000 + "}", ""),
]


@pytest.mark.parametrize(("text", "path"), REFUSED)
def test_what_does_not_fit_is_refused_with_its_path(
    contract: Contract, text: str, path: str
) -> None:
    with pytest.raises(DecodeError) as caught:
        decoded(everything(contract), text)
    assert caught.value.path == path


@pytest.mark.parametrize(
    "body",
    [b"\xff{}", "{}".encode("utf-16"), b"\xef\xbb\xbf{}", b'{"string_value": "\x00"}'],
    ids=["not UTF-8", "UTF-16", "a byte order mark", "a raw NUL"],
)
def test_bytes_that_are_no_plain_utf8_json_are_refused(contract: Contract, body: bytes) -> None:
    with pytest.raises(DecodeError):
        decoded(everything(contract), body)


@pytest.mark.parametrize("depth", [66, 1_000, 100_000])
def test_deep_nesting_is_refused_without_a_crash(contract: Contract, depth: int) -> None:
    for opening, closing in (("[", "]"), ('{"inner":', "}")):
        with pytest.raises(DecodeError, match="deeper than 64"):
            parse((opening * depth + "1" + closing * depth).encode())


def test_null_means_unset(contract: Contract) -> None:
    kind = everything(contract)
    text = '{"inner": null, "int32s": null, "choice": null}'.replace(', "choice": null', "")
    assert decoded(kind, text) == GetMessageClass(kind)()
    assert decoded(kind, '{"value": null}').value.WhichOneof("kind") == "null_value"


def test_bytes_take_either_base64_alphabet(contract: Contract) -> None:
    for text in ("+/8=", "-_8=", "-_8"):
        message = decoded(everything(contract), json.dumps({"bytes_value": text}))
        assert message.bytes_value == b"\xfb\xff"
