"""How old a response may be that callers share (`market.options.v1.max_age_s`)."""

from collections.abc import Iterator
from typing import Any

from google.api import annotations_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.descriptor_pb2 import MethodOptions

from market.options.v1 import options_pb2

_FOR_EVERYONE = options_pb2.AccessRule(anyone=True)


class NotShareable(Exception):
    """Callers can't share the responses of an RPC; the text says why."""


def max_age_s_of(method: MethodDescriptor) -> int:
    """Returns the age in seconds; 0 where each request is answered anew.

    Raises NotShareable where a response may depend on who asks, or has what is not for everyone.
    """
    options: Any = method.GetOptions()
    seconds: int = options.Extensions[options_pb2.max_age_s]
    if seconds and (reason := _not_shareable(method, options)):
        raise NotShareable(f"callers can't share its responses: {reason}")
    return seconds


def _not_shareable(method: MethodDescriptor, options: Any) -> str:
    streams = method.client_streaming or method.server_streaming
    if streams or options.idempotency_level != MethodOptions.NO_SIDE_EFFECTS:
        return "it is no unary read"
    rule = options.Extensions[annotations_pb2.http]
    if any(one.WhichOneof("pattern") != "get" for one in (rule, *rule.additional_bindings)):
        return "it is not bound to GET alone"
    if options.Extensions[options_pb2.access] != _FOR_EVERYONE:
        return "it is not open to anyone alike"
    for field in (*_fields(method.input_type, set()), *_fields(method.output_type, set())):
        of_field: Any = field.GetOptions()
        if of_field.Extensions[options_pb2.sensitive]:
            return f"{field.full_name} is sensitive"
        if of_field.Extensions[options_pb2.header]:
            return f"{field.full_name} is taken from a header"
    return ""


def _fields(kind: Descriptor, seen: set[str]) -> Iterator[FieldDescriptor]:
    """Yields the fields of a message type and of those in it, which may be itself."""
    seen.add(kind.full_name)
    for field in kind.fields:
        yield field
        inner = field.message_type
        if inner is not None and inner.full_name not in seen:
            yield from _fields(inner, seen)
