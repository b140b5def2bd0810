"""Lays out the bundle and packs it."""

import os
import shutil
import subprocess
import sys
import tarfile
from datetime import UTC, datetime
from pathlib import Path

from mesh.contract.compile import protos_of
from tools.breaking.released import released
from tools.bundle.changelog import changelog, version_after
from tools.bundle.third_party import copy_imports
from tools.bundle.wheel import make_client_wheel, make_wheel
from tools.protos import DESCRIPTORS, GENERATED, OPENAPI, ROOT, TRANSCODER

TEMPLATES = Path(__file__).parent / "templates"


def make_bundle(target: Path) -> tuple[Path, Path, Path]:
    """Makes the archive and both wheels in `target`; returns all. Raises SourceMissing."""
    descriptors = (GENERATED / DESCRIPTORS).read_bytes()
    last, before = released()
    version = version_after(last, before, descriptors)
    folder = target / f"marketmesh-contracts-{version}"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(TEMPLATES, folder)
    for name in protos_of(ROOT / "protos"):
        (folder / "protos" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / "protos" / name, folder / "protos" / name)
    copy_imports(descriptors, folder / "protos")
    for made in (DESCRIPTORS, TRANSCODER, OPENAPI):
        (folder / made).parent.mkdir(exist_ok=True)
        shutil.copyfile(GENERATED / made, folder / made)
    write_reference(GENERATED / DESCRIPTORS, folder / "reference")
    shutil.copytree(ROOT / "docs" / "clients", folder / "clients")
    shutil.copyfile(ROOT / "LICENSE", folder / "LICENSE")
    (folder / "VERSION").write_text(f"{version}\n")
    today = datetime.now(UTC).date()
    (folder / "CHANGELOG.md").write_text(changelog(last, before, descriptors, today))
    archive = target / f"{folder.name}.tar.gz"
    with tarfile.open(archive, "w:gz") as packed:
        packed.add(folder, folder.name, filter=_anonymous)
    client = make_client_wheel(version, ROOT / "tools" / "market", target)
    return archive, make_wheel(version, GENERATED, target), client


def write_reference(descriptors: Path, folder: Path) -> None:
    """Writes the pages of a set in a process of their own, which has the edge's settings."""
    subprocess.run(
        [sys.executable, "-m", "tools.bundle.reference", descriptors, folder.resolve()],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([".", str(GENERATED / "python")])},
        check=True,
    )


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    return member
