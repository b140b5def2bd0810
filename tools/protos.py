"""Makes `generated/` from `protos/`, offline and byte for byte repeatable.

`python -m tools.protos` writes it; `--check` fails when what is committed differs,
when buf's lint finds anything, or when the contract breaks the one that was released last.

Third-party imports come from the installed packages that carry them, as descriptors;
no `.proto` of theirs is copied into the repository.
"""

import os
import shutil
import subprocess
import sys
import tempfile
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

ROOT = Path(__file__).resolve().parent.parent
GENERATED = ROOT / "generated"
DESCRIPTORS = Path("descriptors/market.binpb")
TRANSCODER = Path("descriptors/transcoder.binpb")
OPENAPI = Path("openapi/edge.yaml")
PARTS = ("python", "descriptors", "openapi")
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


class GenerationFailed(Exception):
    """A tool refused the contract; its own words are on standard error."""


def third_party_descriptors() -> descriptor_pb2.FileDescriptorSet:
    """Returns the imports that contracts may use, each after what it imports itself."""
    files = descriptor_pb2.FileDescriptorSet()
    for module in THIRD_PARTY:
        module.DESCRIPTOR.CopyToProto(files.file.add())
    files.file.add().ParseFromString(validate_pb._DESC.proto.to_binary())  # noqa: SLF001  # no public name
    return files


def protos_of(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*.proto"))


def compile_protos(folder: Path, *, descriptors: Path, python: Path | None = None) -> None:
    """Compiles every `.proto` below `folder` into a self-contained descriptor set and stubs.

    Raises GenerationFailed.
    """
    descriptors.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(suffix=".binpb") as third_party:
        third_party.write(third_party_descriptors().SerializeToString(deterministic=True))
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
            _protoc(*common, *outputs, VALIDATE, *protos_of(folder))


def for_stock_transcoders(descriptors: bytes) -> bytes:
    """Returns a set that other transcoders load too.

    Envoy's takes a `response_body` only where it is a google.api.HttpBody; without it the body
    is the whole response message.
    """
    files = descriptor_pb2.FileDescriptorSet.FromString(descriptors)
    for method in (m for file in files.file for service in file.service for m in service.method):
        rule: Any = method.options.Extensions[annotations_pb2.http]
        if method.options.HasExtension(annotations_pb2.http):
            for binding in (rule, *rule.additional_bindings):
                binding.ClearField("response_body")
    return files.SerializeToString(deterministic=True)


def _protoc(*arguments: str) -> None:
    if protoc.main(list(arguments)) != 0:
        raise GenerationFailed("protoc refused the contract")


def generate(target: Path, *check: str) -> None:
    """Makes all of `generated/` in `target`, and mends the comments of errors, or checks them.

    Raises GenerationFailed.
    """
    protos, descriptors = ROOT / "protos", target / DESCRIPTORS
    # By the options that were just made, not by those in generated/.
    new = {"PYTHONPATH": os.pathsep.join([str(target / "python"), str(ROOT)])}
    compile_protos(protos, descriptors=descriptors, python=target / "python")
    _run(sys.executable, "-m", "tools.error_comments", descriptors, protos, *check, **new)
    compile_protos(protos, descriptors=descriptors)
    for path in list((target / "python").rglob("*")):
        if path.is_dir():
            (path / "__init__.py").touch()
        elif path.name.endswith("_pb2_grpc.py") and "Stub" not in path.read_text():
            path.unlink()  # protoc writes one for every file, also where there is no service
    (target / "python/market/py.typed").touch()
    (target / TRANSCODER).write_bytes(for_stock_transcoders(descriptors.read_bytes()))
    openapi = target / OPENAPI
    openapi.parent.mkdir(parents=True, exist_ok=True)
    _run(sys.executable, "-m", "edge_api", "openapi", descriptors, openapi, **new)


def check() -> None:
    """Raises GenerationFailed on stale output, on lint, and on a break of the released contract."""
    with tempfile.TemporaryDirectory() as fresh:
        generate(Path(fresh), "--check")
        compare = ["diff", "-rq", "-x", "__pycache__"]
        folders = [(GENERATED / part, Path(fresh) / part) for part in PARTS]
        if any(subprocess.run([*compare, *pair], check=False).returncode for pair in folders):
            raise GenerationFailed("generated/ differs from the contract: run `make gen`")
    _run("buf", "lint", GENERATED / DESCRIPTORS, *_own_paths())
    _run(sys.executable, "-m", "tools.breaking", GENERATED / DESCRIPTORS)


def _own_paths() -> list[str]:
    return [f"--path={path}" for path in protos_of(ROOT / "protos")]


def _run(*command: str | Path, **environment: str) -> None:
    merged = {**os.environ, **environment}
    if subprocess.run(command, cwd=ROOT, env=merged, check=False).returncode != 0:
        raise GenerationFailed(f"failed: {' '.join(map(str, command))}")


def write() -> None:
    with tempfile.TemporaryDirectory(dir=ROOT) as fresh:
        generate(Path(fresh))
        for part in PARTS:
            shutil.rmtree(GENERATED / part, ignore_errors=True)
            shutil.move(Path(fresh) / part, GENERATED / part)


def main() -> int:
    try:
        check() if "--check" in sys.argv else write()
    except GenerationFailed as error:
        print(f"tools.protos: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
