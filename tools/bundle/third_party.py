"""The `.proto` files that the contracts import, from the packages that carry them."""

import json
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path

import google
from google.protobuf import descriptor_pb2

# Its release 1.2 has the rules of the installed protovalidate; no Python package has the file.
PROTOVALIDATE = "github.com/bufbuild/protovalidate@v1.2.2"
_VALIDATE = "buf/validate/validate.proto"


class SourceMissing(Exception):
    """A `.proto` file could not be had; the text says which, and why."""


def copy_imports(descriptors: bytes, target: Path) -> None:
    """Copies every file of a set that is not there yet. Raises SourceMissing."""
    for file in descriptor_pb2.FileDescriptorSet.FromString(descriptors).file:
        path = target / file.name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(_source(file.name), path)


def _source(name: str) -> Path:
    if name == _VALIDATE:
        return _of_go_module(PROTOVALIDATE) / "proto/protovalidate" / name
    packages = [str(files("grpc_tools") / "_proto"), *(f"{path}/.." for path in google.__path__)]
    for folder in packages:
        if (path := Path(folder) / name).exists():
            return path
    raise SourceMissing(f"no installed package has {name}")


def _of_go_module(module: str) -> Path:
    done = subprocess.run(
        ["go", "mod", "download", "-json", module], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SourceMissing(f"{module}: {done.stdout}{done.stderr}")
    return Path(json.loads(done.stdout)["Dir"])
