"""Serves gRPC's reflection, v1 and v1alpha, with the comments of the contract.

The two versions have the same messages under another package, so one behavior answers both.
Descriptor pools drop comments, so files are answered as they are in the contract's set.
Source: github.com/grpc/grpc `doc/server-reflection.md`.
"""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

import grpc
from google.protobuf import descriptor, descriptor_pb2, descriptor_pool, text_format
from grpc_reflection.v1alpha import reflection_pb2
from grpc_reflection.v1alpha.reflection_pb2 import ServerReflectionRequest, ServerReflectionResponse

from mesh.contract.model import market_descriptors

ALPHA, V1 = "grpc.reflection.v1alpha", "grpc.reflection.v1"
REFLECTIONS = (f"{ALPHA}.ServerReflection", f"{V1}.ServerReflection")
File = descriptor_pb2.FileDescriptorProto


def enable(server: grpc.Server, services: Iterable[str]) -> None:
    """Adds reflection of `services`, and of itself, to a server."""
    reflection = Reflection([*services, *REFLECTIONS])
    handler = grpc.stream_stream_rpc_method_handler(
        reflection.answers,
        request_deserializer=ServerReflectionRequest.FromString,
        response_serializer=ServerReflectionResponse.SerializeToString,
    )
    for name in REFLECTIONS:
        methods = {"ServerReflectionInfo": handler}
        server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(name, methods)])


class Reflection:
    """Answers what the files of some services declare, which are read when first asked for."""

    def __init__(self, services: Iterable[str]) -> None:
        self._services = sorted(services)

    @cached_property
    def _files(self) -> dict[str, File]:
        return {file.name: file for file in _files(self._services)}

    @cached_property
    def _symbols(self) -> dict[str, str]:
        return {name: file.name for file in self._files.values() for name in _symbols(file)}

    @cached_property
    def _extensions(self) -> dict[str, dict[int, str]]:
        found: dict[str, dict[int, str]] = {}
        for file in self._files.values():
            for extension in file.extension:
                extended = found.setdefault(extension.extendee.lstrip("."), {})
                extended[extension.number] = file.name
        return found

    def answers(self, requests: Iterable[Any], _: grpc.ServicerContext) -> Iterator[Any]:
        for request in requests:
            response = ServerReflectionResponse(original_request=request)
            try:
                self._answer(request, response)
            except KeyError:
                response.error_response.error_code = grpc.StatusCode.NOT_FOUND.value[0]
                response.error_response.error_message = "there is no such name here"
            yield response

    def _answer(self, request: Any, response: Any) -> None:
        kind = request.WhichOneof("message_request")
        asked: Any = getattr(request, kind) if kind else None
        match kind:
            case "list_services":
                for name in self._services:
                    response.list_services_response.service.add(name=name)
            case "file_by_filename":
                self._add(asked, response)
            case "file_containing_symbol":
                self._add(self._symbols[asked.lstrip(".")], response)
            case "file_containing_extension":
                self._add(self._extensions[asked.containing_type][asked.extension_number], response)
            case "all_extension_numbers_of_type":
                if asked not in self._symbols:
                    raise KeyError(asked)
                numbers = response.all_extension_numbers_response
                numbers.base_type_name = asked
                numbers.extension_number.extend(sorted(self._extensions.get(asked, ())))
            case _:
                response.error_response.error_code = grpc.StatusCode.INVALID_ARGUMENT.value[0]
                response.error_response.error_message = "the request asks for nothing"

    def _add(self, name: str, response: Any) -> None:
        """Adds a file and all that it imports."""
        found, wanted = dict.fromkeys([name]), [name]
        while wanted:
            imported = [one for one in self._files[wanted.pop()].dependency if one not in found]
            found |= dict.fromkeys(imported)
            wanted += imported
        response.file_descriptor_response.file_descriptor_proto.extend(
            self._files[one].SerializeToString() for one in found
        )


def _files(services: Iterable[str]) -> Iterator[File]:
    """Yields the files of generated code, then those of the contract, which have comments."""
    pool = descriptor_pool.DescriptorPool()
    pool.Add(_v1_file())
    for name in services:
        of = pool if name.startswith(f"{V1}.") else descriptor_pool.Default()
        yield from _with_imports(of.FindServiceByName(name).file)
    yield from market_descriptors().file


def _with_imports(file: descriptor.FileDescriptor) -> Iterator[File]:
    for imported in file.dependencies:
        yield from _with_imports(imported)
    proto = File()
    file.CopyToProto(proto)
    yield proto


def _symbols(file: File) -> Iterator[str]:
    package = f"{file.package}." if file.package else ""
    for service in file.service:
        yield package + service.name
        yield from (f"{package}{service.name}.{method.name}" for method in service.method)
    yield from (package + extension.name for extension in file.extension)
    yield from _of_types(package, file.message_type, file.enum_type)


def _of_types(within: str, messages: Iterable[Any], enums: Iterable[Any]) -> Iterator[str]:
    """Yields types with what is in them; an enum's values are asked for in it and beside it."""
    for enum in enums:
        yield within + enum.name
        for value in enum.value:
            yield from (f"{within}{value.name}", f"{within}{enum.name}.{value.name}")
    for message in messages:
        name = within + message.name
        yield name
        inside = (*message.field, *message.oneof_decl, *message.extension)
        yield from (f"{name}.{one.name}" for one in inside)
        yield from _of_types(f"{name}.", message.nested_type, message.enum_type)


def _v1_file() -> File:
    alpha = File()
    reflection_pb2.DESCRIPTOR.CopyToProto(alpha)
    text = text_format.MessageToString(alpha).replace("reflection/v1alpha", "reflection/v1")
    return text_format.Parse(text.replace(ALPHA, V1), File())
