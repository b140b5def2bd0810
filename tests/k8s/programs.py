"""The programs of a control plane, built of the Go modules that `controlplane/go.mod` pins."""

import hashlib
import os
import re
import subprocess
from pathlib import Path

from dev.config import ROOT

PROGRAMS = "K8S_PROGRAMS"  # the variable by which the tests know that they are wanted
MODULE = Path(__file__).parent / "controlplane"
WITHIN_S = 2 * 3600
_VERSION = re.findall(r"k8s\.io/kubernetes (v\S+)", (MODULE / "go.mod").read_text())[0]
_VERSION_OF = ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")


def folder() -> Path:
    """Returns where the programs are once they are built, by what pins them."""
    pinned = b"".join((MODULE / name).read_bytes() for name in ("go.mod", "go.sum"))
    return ROOT / "var" / "controlplane" / hashlib.sha256(pinned).hexdigest()[:12]


def build() -> None:
    """Builds all. Raises CalledProcessError, and TimeoutExpired after two hours."""
    named = [f"-X {package}.gitVersion={_VERSION}" for package in _VERSION_OF]
    half = folder().with_suffix(".half")
    command = ["go", "-C", str(MODULE), "build", "-buildvcs=false", "-p", "2"]
    subprocess.run(
        [*command, "-ldflags", " ".join(["-s -w", *named]), "-o", f"{half}/", "tool"],
        env=os.environ | {"CGO_ENABLED": "0"},
        check=True,
        timeout=WITHIN_S,
    )
    half.rename(folder())


def module_folder(path: str) -> Path:
    """Returns where Go keeps a module that the programs are built of."""
    command = ["go", "-C", str(MODULE), "list", "-m", "-f", "{{.Dir}}", path]
    return Path(
        subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    )
