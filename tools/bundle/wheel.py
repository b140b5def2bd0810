"""The Python package of the contracts, made so that it installs beside any other.

All modules are below `marketmesh_contracts`, `market` and `buf.validate` too, which other
distributions may have at the top.
Source: packaging.python.org, "Binary distribution format".
"""

import base64
import hashlib
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

PACKAGE = "marketmesh_contracts"
_IMPORT = re.compile(r"^(from|import) (market|buf)\b", re.MULTILINE)
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same bytes each time
_METADATA = """\
Metadata-Version: 2.1
Name: marketmesh-contracts
Version: {version}
Summary: Messages, stubs and descriptors of Marketmesh's contracts.
License: Apache-2.0
Requires-Python: >=3.11
Requires-Dist: protobuf>=7.36,<8
Requires-Dist: grpcio>=1.85
Requires-Dist: googleapis-common-protos>=1.76
"""
_WHEEL = """\
Wheel-Version: 1.0
Generator: marketmesh
Root-Is-Purelib: true
Tag: py3-none-any
"""


def make_wheel(version: str, generated: Path, target: Path) -> Path:
    """Makes the wheel of what is in `generated/`, and returns it."""
    info = f"{PACKAGE}-{version}.dist-info"
    content = dict(_modules(generated))
    content[f"{info}/METADATA"] = _METADATA.format(version=version).encode()
    content[f"{info}/WHEEL"] = _WHEEL.encode()
    record = f"{info}/RECORD"
    lines = [f"{name},sha256={_digest(data)},{len(data)}" for name, data in content.items()]
    content[record] = "\n".join([*lines, f"{record},,", ""]).encode()
    path = target / f"{PACKAGE}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), data, zipfile.ZIP_DEFLATED)
    return path


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
