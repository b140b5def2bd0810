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

from google.api import annotations_pb2
from google.protobuf import descriptor_pb2

from mesh.contract.compile import (
    VALIDATE,
    CompileError,
    compile_protos,
    drop_empty_stubs,
    protos_of,
)

ROOT = Path(__file__).resolve().parent.parent
GENERATED = ROOT / "generated"
DESCRIPTORS = Path("descriptors/market.binpb")
TRANSCODER = Path("descriptors/transcoder.binpb")
INFO = Path("descriptors/api.yaml")
OPENAPI = Path("openapi/edge.yaml")
PARTS = ("python", "descriptors", "openapi")


class GenerationFailed(Exception):
    """A tool refused the contract; its own words are on standard error."""


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


def generate(target: Path, *check: str) -> None:
    """Makes all of `generated/` in `target`, and mends the comments of errors, or checks them.

    Raises GenerationFailed, CompileError.
    """
    protos, descriptors = ROOT / "protos", target / DESCRIPTORS
    # By the options that were just made, not by those in generated/.
    new = {"PYTHONPATH": os.pathsep.join([str(target / "python"), str(ROOT)])}
    compile_protos(protos, descriptors=descriptors, python=target / "python", also=[VALIDATE])
    _run(sys.executable, "-m", "tools.error_comments", descriptors, protos, *check, **new)
    compile_protos(protos, descriptors=descriptors, python=target / "python", also=[VALIDATE])
    drop_empty_stubs(target / "python")
    for path in list((target / "python").rglob("*")):
        if path.is_dir():
            (path / "__init__.py").touch()
    (target / "python/market/py.typed").touch()
    shutil.copy(protos / INFO.name, target / INFO)
    (target / TRANSCODER).write_bytes(for_stock_transcoders(descriptors.read_bytes()))
    openapi = target / OPENAPI
    openapi.parent.mkdir(parents=True, exist_ok=True)
    new["EDGE_CONTRACT"] = str(descriptors)  # beside which INFO is
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
    except (GenerationFailed, CompileError) as error:
        print(f"tools.protos: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
