"""Builds the programs of other languages by the bundle of contracts alone, and runs them."""

import os
import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

from tests.support.left_out import fetched, need
from tests.support.mesh_under_test import Addresses
from tools.bundle.archive import make_bundle

HERE = Path(__file__).parent
STORY_WITHIN_S = 240
GO_PLUGINS = (
    "google.golang.org/protobuf/cmd/protoc-gen-go",
    "google.golang.org/grpc/cmd/protoc-gen-go-grpc",
)
# All are built alike, as Go compiles a package anew for other settings; and soon, not to be fast.
GO = {"CGO_ENABLED": "0", "GOFLAGS": "-mod=mod -gcflags=all=-l"}
# What each program prints, a line for each chapter that came out as the contract says.
STORY = [
    "register and sign in",
    "list by pages",
    "order",
    "watch until confirmed",
    "repeat under one request_id",
    "typed error",
    "field violations",
    "deadline",
    "masked update and etag conflict",
    "retry info",
]


@dataclass(frozen=True)
class Guarded:
    """A mesh with mutual TLS on `var`, and where one of its members has its certificate."""

    at: Addresses
    var: Path
    certificates: dict[str, str]


def unpacked(folder: Path) -> Path:
    """Makes the bundle and unpacks it, as another team would."""
    need("go")  # of whose modules one has a `.proto` that is in no Python package
    archive, *_ = make_bundle(folder)
    with tarfile.open(archive) as packed:
        packed.extractall(folder / "elsewhere", filter="data")
    (found,) = (folder / "elsewhere").iterdir()
    return found


def generate(bundle: Path, language: str, folder: Path, tools: Path) -> None:
    """Generates code into `folder` by the bundle's template, with plugins from `tools`."""
    path = os.pathsep.join([str(tools), os.environ["PATH"]])
    fetched(
        "buf", "generate", "--template", f"buf.gen.{language}.yaml", "-o", str(folder),
        folder=bundle, PATH=path,
    )  # fmt: skip


def program(language: str, folder: Path) -> Path:
    """Returns a copy of a program's source, to build in."""
    return Path(shutil.copytree(HERE / language, folder / language))


def told(*command: str, folder: Path, at: Addresses, **environment: str) -> list[str]:
    """Runs a program against a mesh; returns the chapters that it told."""
    targets = {f"{name.upper()}_TARGET": address for name, address in at.grpc.items()}
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **targets, **environment},
        capture_output=True,
        text=True,
        timeout=STORY_WITHIN_S,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout.splitlines()
