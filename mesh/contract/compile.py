"""Compiles `.proto` files into a descriptor set and Python, offline and repeatable.

Third-party imports come from the installed packages that carry them, as descriptors. Needs
grpcio-tools, which a running service does not.
"""

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from google.api import (
    annotations_pb2,
    field_behavior_pb2,
    field_info_pb2,
    http_pb2,
    httpbody_pb2,
    resource_pb2,
)
from google.protobuf import (
    any_pb2,
    descriptor_pb2,
    duration_pb2,
    empty_pb2,
    field_mask_pb2,
    struct_pb2,
    timestamp_pb2,
    wrappers_pb2,
)
from google.rpc import code_pb2, error_details_pb2, status_pb2
from google.type import money_pb2
from grpc_tools import protoc
from protovalidate._gen.buf.validate import validate_pb

VALIDATE = "buf/validate/validate.proto"
THIRD_PARTY = (
    descriptor_pb2,
    any_pb2,
    duration_pb2,
    empty_pb2,
    field_mask_pb2,
    struct_pb2,
    timestamp_pb2,
    wrappers_pb2,
    http_pb2,
    annotations_pb2,
    field_behavior_pb2,
    field_info_pb2,
    httpbody_pb2,
    resource_pb2,
    money_pb2,
    code_pb2,
    status_pb2,
    error_details_pb2,
)
# No contract imports them: errors carry them as bytes.
ERRORS = ("google/rpc/status.proto", "google/rpc/error_details.proto")


class CompileError(Exception):
    """The compiler refused the contract; its own words are on standard error."""


def third_party_descriptors(more: Iterable[Any] = ()) -> descriptor_pb2.FileDescriptorSet:
    """Returns the imports that contracts may use, each after what it imports itself.

    `more` are generated modules of further ones.
    """
    files = descriptor_pb2.FileDescriptorSet()
    for module in THIRD_PARTY:
        module.DESCRIPTOR.CopyToProto(files.file.add())
    files.file.add().ParseFromString(validate_pb._DESC.proto.to_binary())  # noqa: SLF001  # no public name
    for module in more:
        module.DESCRIPTOR.CopyToProto(files.file.add())
    return files


def protos_of(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*.proto"))


def compile_protos(
    folder: Path,
    *,
    descriptors: Path,
    python: Path | None = None,
    also: Iterable[str] = (),
    imports: Iterable[Any] = (),
) -> None:
    """Compiles every `.proto` below `folder` into a self-contained descriptor set and stubs.

    Stubs are also made of the files `also`, which are not in the folder. `imports` are generated
    modules of what else is imported. Raises CompileError.
    """
    descriptors.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(suffix=".binpb") as third_party:
        third_party.write(third_party_descriptors(imports).SerializeToString(deterministic=True))
        third_party.flush()
        common = ["protoc", f"--descriptor_set_in={third_party.name}", f"-I{folder}"]
        _protoc(
            *common,
            "--include_imports",
            "--include_source_info",
            f"--descriptor_set_out={descriptors}",
            *ERRORS,
            *protos_of(folder),
        )
        if python is not None:
            python.mkdir(parents=True, exist_ok=True)
            outputs = [f"--{kind}_out={python}" for kind in ("python", "pyi", "grpc_python")]
            _protoc(*common, *outputs, *also, *protos_of(folder))


def drop_empty_stubs(python: Path) -> None:
    """Deletes the modules that protoc makes for services also where a file has none."""
    for path in list(python.rglob("*_pb2_grpc.py")):
        if "Stub" not in path.read_text():
            path.unlink()


def _protoc(*arguments: str) -> None:
    if protoc.main(list(arguments)) != 0:
        raise CompileError("protoc refused the contract")
