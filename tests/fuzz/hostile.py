"""Hypothesis strategies for the bytes of a request: of any shape, nearly right, or none."""

from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from hypothesis import strategies as st

from edge_api.tests.strategies import messages

Known = Mapping[str, Sequence[str]]

MAX_NESTED = 3
_SET = st.sampled_from([True, True, True, False])
_WHOLE = st.sampled_from([0, 1, 2, 3, 1000, 2**31 - 1])
_TEXT = st.text(max_size=12)  # with NUL: that is for the service to refuse


def requests(request: Descriptor, known: Known) -> st.SearchStrategy[bytes]:
    """`known` maps the name of a field to values that are somebody's, or likely."""
    of_any_shape = messages(request).map(_bytes)
    plausible = nearly_right(request, known).map(_bytes)
    return st.one_of(
        plausible, plausible, of_any_shape, st.binary(max_size=64), _broken(plausible)
    )


def nearly_right(descriptor: Descriptor, known: Known, depth: int = 0) -> st.SearchStrategy[Any]:
    """Messages that get past the first checks often, and so to the actions."""

    @st.composite
    def build(draw: st.DrawFn) -> Message:
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
    match field.cpp_type:
        case FieldDescriptor.CPPTYPE_STRING if field.type == FieldDescriptor.TYPE_BYTES:
            return st.binary(max_size=40)
        case FieldDescriptor.CPPTYPE_STRING:
            likely = known.get(field.name)
            return st.sampled_from(likely) if likely else _TEXT
        case FieldDescriptor.CPPTYPE_BOOL:
            return st.booleans()
        case _:
            return _WHOLE


@st.composite
def _broken(draw: st.DrawFn, whole: st.SearchStrategy[bytes]) -> bytes:
    """A message with bytes cut out and others put in their place."""
    sent = draw(whole)
    start = draw(st.integers(0, len(sent)))
    end = draw(st.integers(start, len(sent)))
    return sent[:start] + draw(st.binary(max_size=8)) + sent[end:]


def _bytes(message: Message) -> bytes:
    return message.SerializePartialToString()
