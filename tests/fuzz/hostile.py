"""Hypothesis strategies for the bytes of a request: nearly right, of any shape, broken, none."""

from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from hypothesis import strategies as st

from edge_api.tests.strategies import messages

Known = Mapping[str, Sequence[Any]]

MAX_NESTED = 3
_SET = st.integers(0, 11).map(lambda chance: chance < 11)
_WHOLE = st.sampled_from([1, 0, 2, 3, 1000, 2**31 - 1])
_TEXT = st.text(max_size=12)  # with NUL: that is for the service to refuse
# Groups that never end, and a field that no message has, of a length that no message is.
_DEEP = st.integers(1, 5000).map(lambda depth: b"\x0b" * depth)
_LYING = st.binary(max_size=8).map(lambda rest: b"\xfa\x7f\xff\xff\xff\xff\x07" + rest)


def requests(request: Descriptor, known: Known) -> st.SearchStrategy[bytes]:
    """`known` maps the name of a field to values that are somebody's, or likely."""
    plausible = nearly_right(request, known).map(_bytes)
    others = [
        messages(request).map(_bytes),
        _broken(plausible),
        _repeated(plausible),
        st.binary(max_size=2000),
        _DEEP,
        _LYING,
    ]
    # `one_of` would take each kind once, however often it is named.
    return st.sampled_from([*[plausible] * 2 * len(others), *others]).flatmap(lambda kind: kind)


def nearly_right(descriptor: Descriptor, known: Known, depth: int = 0) -> st.SearchStrategy[Any]:
    """Returns messages that often get past the first checks, and so to the actions."""

    @st.composite
    def build(draw: st.DrawFn) -> Any:
        message: Any = GetMessageClass(descriptor)()
        for field in descriptor.fields:
            if draw(_SET):
                _fill(draw, message, field, known, depth)
        return message

    return build()


def _fill(draw: st.DrawFn, message: Any, field: FieldDescriptor, known: Known, depth: int) -> None:
    if field.message_type is not None and depth == MAX_NESTED:
        return
    value = _value(field, known, depth)
    if field.is_repeated:
        getattr(message, field.name).extend(draw(st.lists(value, max_size=3)))
    elif field.message_type is not None:
        getattr(message, field.name).CopyFrom(draw(value))
    else:
        setattr(message, field.name, draw(value))


def _value(field: FieldDescriptor, known: Known, depth: int) -> st.SearchStrategy[Any]:
    if field.message_type is not None:
        return nearly_right(field.message_type, known, depth + 1)
    if field.enum_type is not None:
        return st.sampled_from([value.number for value in field.enum_type.values])
    likely = known.get(field.name)
    other = _other(field)
    return _mostly(st.sampled_from(likely), other) if likely else other


def _other(field: FieldDescriptor) -> st.SearchStrategy[Any]:
    match field.cpp_type:
        case FieldDescriptor.CPPTYPE_STRING if field.type == FieldDescriptor.TYPE_BYTES:
            return st.binary(max_size=40)
        case FieldDescriptor.CPPTYPE_STRING:
            return _TEXT
        case FieldDescriptor.CPPTYPE_BOOL:
            return st.booleans()
        case _:
            return _WHOLE


def _mostly(
    likely: st.SearchStrategy[Any], other: st.SearchStrategy[Any]
) -> st.SearchStrategy[Any]:
    return st.integers(0, 15).flatmap(lambda chance: other if chance == 15 else likely)


@st.composite
def _broken(draw: st.DrawFn, whole: st.SearchStrategy[bytes]) -> bytes:
    """Returns a message with bytes cut out and others put in their place."""
    sent = draw(whole)
    start = draw(st.integers(0, len(sent)))
    end = draw(st.integers(start, len(sent)))
    return sent[:start] + draw(st.binary(max_size=8)) + sent[end:]


@st.composite
def _repeated(draw: st.DrawFn, whole: st.SearchStrategy[bytes]) -> bytes:
    """Returns a message repeated: its lists get long, of other fields the last one counts."""
    return draw(whole) * draw(st.sampled_from([2, 60, 1000]))


def _bytes(message: Message) -> bytes:
    return message.SerializePartialToString()
