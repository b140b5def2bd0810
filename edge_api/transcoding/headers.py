"""Request fields that are taken from HTTP headers (`market.options.v1.header`)."""

from collections.abc import Iterator, Mapping
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from edge_api.codec import DecodeError
from edge_api.problems.errors import body_malformed
from market.options.v1 import options_pb2
from mesh.contract.model import ContractError


class HeaderFields:
    """The header fields of one request type. Raises ContractError for one that is no string."""

    def __init__(self, request: Descriptor) -> None:
        self.by_header = dict(_header_fields(request))
        self.names = {field.name for field in self.by_header.values()}

    def fill(self, request: Message, headers: Mapping[str, str]) -> None:
        """`headers` as WSGI names them. Raises BodyMalformed when the body has the field."""
        for header, field in self.by_header.items():
            if getattr(request, field.name):
                raise body_malformed(DecodeError(f"is taken from the header {header}", field.name))
            setattr(request, field.name, headers.get(wsgi_name(header), ""))


def header_of(field: FieldDescriptor) -> str:
    """Returns the header that a field of a request is taken from, or empty."""
    options: Any = field.GetOptions()
    return str(options.Extensions[options_pb2.header])


def wsgi_name(header: str) -> str:
    return f"HTTP_{header.upper().replace('-', '_')}"


def _header_fields(request: Descriptor) -> Iterator[tuple[str, FieldDescriptor]]:
    for field in request.fields:
        if header := header_of(field):
            if field.type != FieldDescriptor.TYPE_STRING or field.is_repeated:
                raise ContractError(f"{field.full_name} is no string to take a header")
            yield header, field
