"""The Python packages of the contracts and of the client `market`, which install beside any other.

All modules are below `marketmesh_contracts`, `market` and `buf.validate` too, which other
distributions may have at the top; those of the client below `marketmesh_client`.
Source: packaging.python.org, "Binary distribution format".
"""

import base64
import hashlib
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

PACKAGE, CLIENT = "marketmesh_contracts", "marketmesh_client"
_IMPORT = re.compile(r"^(from|import) (market|buf)\b", re.MULTILINE)
_CLIENT_IMPORT = re.compile(r"^from tools\.market\b", re.MULTILINE)
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same bytes each time
_METADATA = """\
Metadata-Version: 2.1
Name: {name}
Version: {version}
Summary: {summary}
License: Apache-2.0
Requires-Python: >=3.11
"""
_SUMMARY = "Messages, stubs and descriptors of Marketmesh's contracts."
_NEEDS = ("protobuf>=7.36,<8", "grpcio>=1.85", "googleapis-common-protos>=1.76")
_CLIENT_SUMMARY = "The command-line client of Marketmesh."
_CLIENT_NEEDS = ("click>=8.5", "rich>=15")
_SCRIPT = "[console_scripts]\nmarket = marketmesh_client.cli:main\n"
_WHEEL = """\
Wheel-Version: 1.0
Generator: marketmesh
Root-Is-Purelib: true
Tag: py3-none-any
"""


def make_wheel(version: str, generated: Path, target: Path) -> Path:
    """Makes the wheel of what is in `generated/`, and returns it."""
    modules = dict(_modules(generated))
    return _pack(target, PACKAGE, version, modules, summary=_SUMMARY, needs=_NEEDS)


def make_client_wheel(version: str, source: Path, target: Path) -> Path:
    """Makes the wheel of the client in `source`, on the contracts of that version."""
    content = {f"{CLIENT}/{path.name}": _of_client(path) for path in sorted(source.glob("*.py"))}
    content[f"{CLIENT}-{version}.dist-info/entry_points.txt"] = _SCRIPT.encode()
    needs = (*_CLIENT_NEEDS, f"marketmesh-contracts=={version}")
    return _pack(target, CLIENT, version, content, summary=_CLIENT_SUMMARY, needs=needs)


def _pack(
    target: Path,
    package: str,
    version: str,
    modules: Mapping[str, bytes],
    *,
    summary: str,
    needs: Sequence[str],
) -> Path:
    info, content = f"{package}-{version}.dist-info", dict(modules)
    head = _METADATA.format(name=package.replace("_", "-"), version=version, summary=summary)
    lines = [f"Requires-Dist: {one}\n" for one in needs]
    content[f"{info}/METADATA"] = "".join([head, *lines]).encode()
    content[f"{info}/WHEEL"] = _WHEEL.encode()
    record = f"{info}/RECORD"
    lines = [f"{name},sha256={_digest(data)},{len(data)}" for name, data in content.items()]
    content[record] = "\n".join([*lines, f"{record},,", ""]).encode()
    path = target / f"{package}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), data, zipfile.ZIP_DEFLATED)
    return path


def _of_client(path: Path) -> bytes:
    ours = _CLIENT_IMPORT.sub(f"from {CLIENT}", path.read_text())
    return _IMPORT.sub(rf"\1 {PACKAGE}.\2", ours).encode()


def _modules(generated: Path) -> Iterator[tuple[str, bytes]]:
    """Yields every module, with its imports below the package, and the descriptor set."""
    yield f"{PACKAGE}/__init__.py", b'"""The contracts of Marketmesh."""\n'
    yield f"{PACKAGE}/py.typed", b""
    yield f"{PACKAGE}/market.binpb", (generated / "descriptors/market.binpb").read_bytes()
    python = generated / "python"
    for path in sorted(python.rglob("*.py*")):
        if path.suffix in (".py", ".pyi"):
            text = _IMPORT.sub(rf"\1 {PACKAGE}.\2", path.read_text())
            yield f"{PACKAGE}/{path.relative_to(python)}", text.encode()


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
