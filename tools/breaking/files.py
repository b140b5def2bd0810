"""The parts of a descriptor set, by full name."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from google.protobuf import descriptor_pb2
from google.protobuf.descriptor import (
    Descriptor,
    EnumValueDescriptor,
    FieldDescriptor,
    MethodDescriptor,
    OneofDescriptor,
)
from google.protobuf.descriptor_pool import DescriptorPool


@dataclass
class Parts:
    """What a contract declares itself; what it imports is others' to keep."""

    methods: dict[str, MethodDescriptor] = field(default_factory=dict)
    messages: dict[str, Descriptor] = field(default_factory=dict)
    fields: dict[str, FieldDescriptor] = field(default_factory=dict)
    oneofs: dict[str, OneofDescriptor] = field(default_factory=dict)
    values: dict[str, EnumValueDescriptor] = field(default_factory=dict)
    # The messages that a request, or a response, can hold.
    inputs: set[str] = field(default_factory=set)
    outputs: set[str] = field(default_factory=set)


def parts(content: bytes, package: str = "market.") -> Parts:
    """Reads a self-contained `FileDescriptorSet`."""
    pool, found = DescriptorPool(), Parts()
    protos = descriptor_pb2.FileDescriptorSet.FromString(content).file
    for proto in protos:
        pool.Add(proto)
    for file in (pool.FindFileByName(proto.name) for proto in protos):
        if file.package.startswith(package):
            for service in file.services_by_name.values():
                found.methods |= {method.full_name: method for method in service.methods}
            _add(found, file.message_types_by_name.values())
            for enum in file.enum_types_by_name.values():
                found.values |= {f"{enum.full_name}.{v.name}": v for v in enum.values}
    _reach(found.inputs, [method.input_type for method in found.methods.values()])
    _reach(found.outputs, [method.output_type for method in found.methods.values()])
    return found


def _add(found: Parts, messages: Iterable[Descriptor]) -> None:
    for message in messages:
        found.messages[message.full_name] = message
        found.fields |= {one.full_name: one for one in message.fields}
        found.oneofs |= {one.full_name: one for one in message.oneofs}
        for enum in message.enum_types:
            found.values |= {f"{enum.full_name}.{v.name}": v for v in enum.values}
        _add(found, message.nested_types)


def _reach(seen: set[str], wanted: list[Descriptor]) -> None:
    while wanted:
        message = wanted.pop()
        if message.full_name not in seen:
            seen.add(message.full_name)
            wanted += [one.message_type for one in message.fields if one.message_type]
