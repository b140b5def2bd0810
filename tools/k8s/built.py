"""Kustomize, from wherever the machine has it, and what it builds of `deploy/k8s`."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from dev.config import ROOT

FOLDER = ROOT / "deploy" / "k8s"
BUILDS = ("overlays/dev", "overlays/prod", "examples/cloudnative-pg", "examples/redis-sentinel")
KUSTOMIZE = "sigs.k8s.io/kustomize/kustomize/v5@v5.7.1"
PROGRAMS = ROOT / ".venv" / "go"  # what Go builds for the gates

Manifest = dict[str, Any]


class Missing(Exception):
    """A program that the manifests are checked with is not here."""


@cache
def build(path: str) -> list[Manifest]:
    """Returns what kustomize makes of a folder below `deploy/k8s`. Raises Missing."""
    command = [*_kustomize(), str(FOLDER / path)]
    made = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    return list(yaml.load_all(made, yaml.CSafeLoader))


def _kustomize() -> Sequence[str]:
    if shutil.which("kubectl"):
        return ["kubectl", "kustomize"]
    return [str(built_by_go("kustomize", KUSTOMIZE)), "build"]


def built_by_go(name: str, package: str) -> Path:
    """Returns a program, on PATH or built of a Go module once. Raises Missing without Go."""
    if found := shutil.which(name):
        return Path(found)
    if not (PROGRAMS / name).exists():
        run_go("install", package, GOBIN=str(PROGRAMS))
    return PROGRAMS / name


def run_go(*arguments: str, **environment: str) -> bytes:
    """Returns what a command of Go prints. Raises Missing."""
    if not shutil.which("go"):
        raise Missing("neither kubectl nor go is installed")
    told = {**os.environ, **environment}
    done = subprocess.run(["go", *arguments], env=told, check=False, capture_output=True)
    if done.returncode:
        raise Missing(f"go {' '.join(arguments)}: {done.stderr.decode().strip()}")
    return done.stdout


def every(path: str) -> list[Manifest]:
    """Returns the manifests of a build, and of examples that are applied by hand."""
    by_hand = FOLDER / path / "restore.yaml"
    also = [yaml.safe_load(by_hand.read_text())] if by_hand.exists() else []
    return build(path) + also
