"""The mask of an update, made from the fields that its body names (AIP-134).

In an update `null` has two meanings: to the JSON mapping a member is absent, to a merge patch
it is to be removed (RFC 7396). Here `null` unsets a field with presence and empties a list. A
number or text without presence can't be unset, and a `null` for one is refused.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Self

from google.api import field_behavior_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from edge_api.codec import DecodeError
from edge_api.codec.descriptors import find_field
from edge_api.problems.errors import BodyMalformed, body_malformed

MASK = "update_mask"
_FIELD_MASK = "google.protobuf.FieldMask"
_NOT_UPDATED = {
    field_behavior_pb2.OUTPUT_ONLY,
    field_behavior_pb2.IDENTIFIER,
    field_behavior_pb2.IMMUTABLE,
}


class MaskFromBody:
    """Fills an unset `update_mask` with the fields present in the body.

    A field that is `null` there is present. Fields that a client only sends back (output
    only, identifiers, immutable, `etag`) are left out, so that the response of a GET can be
    changed and sent as it is.
    """

    def __init__(self, resource: Descriptor) -> None:
        self._resource = resource
        self._updated = {field.name for field in resource.fields if _is_updated(field)}

    @classmethod
    def of(cls, request: Descriptor, body_field: FieldDescriptor | None) -> Self | None:
        """Returns None where the request has no mask, or its body is no resource."""
        mask = request.fields_by_name.get(MASK)
        if mask is None or mask.message_type is None or body_field is None:
            return None
        if mask.message_type.full_name != _FIELD_MASK or body_field.message_type is None:
            return None
        return cls(body_field.message_type)

    def fill(self, request: Message, body: Any) -> None:
        """Raises BodyMalformed for a body without mutable fields, and for a refused `null`."""
        if body is None:
            return
        paths = [field.name for field in self._changed(body)]
        if request.HasField(MASK):
            return
        if not paths:
            raise BodyMalformed("the body names no field that can be changed")
        getattr(request, MASK).paths.extend(paths)

    def _changed(self, body: Mapping[str, Any]) -> Iterator[FieldDescriptor]:
        for name, value in body.items():
            field = find_field(self._resource, name)
            if field is None or field.name not in self._updated:
                continue
            if value is None and not (field.has_presence or field.is_repeated):
                raise body_malformed(DecodeError("may not be null: leave it out", name))
            yield field


def behaviors(field: FieldDescriptor) -> set[int]:
    return set(field.GetOptions().Extensions[field_behavior_pb2.field_behavior])


def is_required(field: FieldDescriptor) -> bool:
    return field_behavior_pb2.REQUIRED in behaviors(field)


def _is_updated(field: FieldDescriptor) -> bool:
    return field.name != "etag" and not _NOT_UPDATED & behaviors(field)
