"""Bodies that are received and sent unchanged: `google.api.HttpBody`.

Source: google/api/httpbody.proto.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

HTTP_BODY = "google.api.HttpBody"
OCTETS = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class RawBody:
    content_type: str
    data: bytes


def is_raw(descriptor: Descriptor | None) -> bool:
    return descriptor is not None and descriptor.full_name == HTTP_BODY


def raw_filler(field: FieldDescriptor) -> Callable[[Message, Any], None]:
    """Returns what sets the field from a RawBody."""

    def fill(request: Message, raw: RawBody) -> None:
        body = getattr(request, field.name)
        body.content_type, body.data = raw.content_type or OCTETS, raw.data

    return fill
