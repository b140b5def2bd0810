"""A contract as its reference shows it: packages, with what each declares."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf import descriptor_pb2
from google.protobuf.descriptor import (
    Descriptor,
    EnumDescriptor,
    FieldDescriptor,
    FileDescriptor,
    ServiceDescriptor,
)
from google.protobuf.descriptor_pool import DescriptorPool

from edge_api.codec.descriptors import is_map, map_fields
from edge_api.openapi.comments import comments_of
from edge_api.openapi.operations import who
from mesh.contract.model import Contract, Method, is_served_by_each
from tools.bundle.reference.commands import curl, grpcurl
from tools.bundle.reference.rules import notes_on

OURS = "market."


@dataclass(frozen=True)
class Rpc:
    method: Method
    comment: str
    access: str
    curl: str
    grpcurl: str

    @property
    def idempotency(self) -> str:
        level = descriptor_pb2.MethodOptions.IdempotencyLevel.Name(
            self.method.idempotency_level  # type: ignore[arg-type]  # is one
        )
        return level.replace("_", " ").lower()


@dataclass(frozen=True)
class Service:
    descriptor: ServiceDescriptor
    comment: str
    served_by: str
    rpcs: list[Rpc]


@dataclass(frozen=True)
class Field:
    """`link` is the full name of the type, on `page`, where it is one of the contract's own."""

    descriptor: FieldDescriptor
    comment: str
    type: str
    page: str
    link: str
    notes: list[str]


@dataclass(frozen=True)
class Message:
    name: str
    comment: str
    fields: list[Field]


@dataclass(frozen=True)
class Enum:
    name: str
    comment: str
    values: list[tuple[str, int, str]]


@dataclass(frozen=True)
class Package:
    name: str
    services: list[Service]
    messages: list[Message]
    enums: list[Enum]


def packages(descriptor_set: bytes) -> list[Package]:
    """Returns the packages of a self-contained set, but for what is the mesh's own affair."""
    protos = descriptor_pb2.FileDescriptorSet.FromString(descriptor_set).file
    pool = DescriptorPool()
    contract = Contract.from_descriptor_set(descriptor_set, pool)
    files = [pool.FindFileByName(one.name) for one in protos if one.package.startswith(OURS)]
    read = _Reader(contract, comments_of(protos))
    return [
        read.package(name, [file for file in files if file.package == name])
        for name in sorted({file.package for file in files if not _is_inside(file)})
    ]


def _is_inside(file: FileDescriptor) -> bool:
    return any(is_served_by_each(one) for one in file.services_by_name.values())


class _Reader:
    def __init__(self, contract: Contract, comments: Mapping[str, str]) -> None:
        self._contract = contract
        self._comments = comments

    def package(self, name: str, files: list[FileDescriptor]) -> Package:
        messages = [one for file in files for one in _all(file.message_types_by_name.values())]
        enums = [one for file in files for one in file.enum_types_by_name.values()]
        enums += [enum for message in messages for enum in message.enum_types]
        services = [one for file in files for one in file.services_by_name.values()]
        return Package(
            name,
            [self._service(one) for one in services],
            [self._message(one) for one in messages],
            [self._enum(one) for one in enums],
        )

    def _service(self, service: ServiceDescriptor) -> Service:
        methods = [m for m in self._contract if m.service_name == service.full_name]
        comment = self._comment(service.full_name)
        return Service(service, comment, methods[0].served_by, [self._rpc(m) for m in methods])

    def _rpc(self, method: Method) -> Rpc:
        comment, _, _ = self._comment(method.descriptor.full_name).partition("\n\nErrors:")
        return Rpc(method, comment, _access(method), curl(method), grpcurl(method))

    def _message(self, message: Descriptor) -> Message:
        fields = [self._field(one) for one in message.fields]
        return Message(message.full_name, self._comment(message.full_name), fields)

    def _field(self, field: FieldDescriptor) -> Field:
        of = map_fields(field)[1] if is_map(field) else field
        type_ = of.message_type or of.enum_type
        name = type_.full_name if type_ is not None else _SCALARS[of.type]
        page = type_.file.package if type_ is not None else ""
        link = name if page.startswith(OURS) else ""
        if is_map(field):
            name = f"map<{_SCALARS[map_fields(field)[0].type]}, {name}>"
        elif field.is_repeated:
            name = f"repeated {name}"
        return Field(field, self._comment(field.full_name), name, page, link, notes_on(field))

    def _enum(self, enum: EnumDescriptor) -> Enum:
        values = [
            (one.name, one.number, self._comment(f"{enum.full_name}.{one.name}"))
            for one in enum.values
        ]
        return Enum(enum.full_name, self._comment(enum.full_name), values)

    def _comment(self, name: str) -> str:
        return self._comments.get(name, "")


def _access(method: Method) -> str:
    services = ", ".join(sorted(method.access.services))
    said = [] if method.access.internal else [who(method.access)]
    return " ".join([*said, *([f"Open to the services {services}."] if services else [])])


def _all(messages: Iterable[Descriptor]) -> Iterator[Descriptor]:
    """Yields messages, each before those nested in it; the entries of maps are none."""
    for message in messages:
        options: Any = message.GetOptions()
        if not options.map_entry:
            yield message
            yield from _all(message.nested_types)


_SCALARS: dict[int, str] = {
    number: name.removeprefix("TYPE_").lower()
    for name, number in descriptor_pb2.FieldDescriptorProto.Type.items()
}
