import shutil
from collections.abc import Iterator
from pathlib import Path

from mesh.checks.findings import Finding, failed, ok, warning

MIB = 1024 * 1024
LOW_BYTES, OUT_BYTES = 512 * MIB, 64 * MIB


def disk(folder: Path, low_bytes: int = LOW_BYTES, out_bytes: int = OUT_BYTES) -> Iterator[Finding]:
    """Checks the free space where the process may write."""
    try:
        free_bytes = shutil.disk_usage(folder).free
    except OSError as error:
        yield failed(f"{folder} can't be looked at: {error.strerror}", "make it, or set TMPDIR")
        return
    says = f"{free_bytes // MIB} MiB are free on {folder}"
    if free_bytes < out_bytes:
        yield failed(says, "make room")
    elif free_bytes < low_bytes:
        yield warning(says, "make room")
    else:
        yield ok(says)
