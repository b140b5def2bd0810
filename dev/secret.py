import os
import secrets
from pathlib import Path

from mesh.core.config import DEVELOPMENT_SECRET


def kept_secret(path: Path) -> Path:
    """Returns the file of a secret that only its owner can read, made on first use."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(path, DEVELOPMENT_SECRET + secrets.token_urlsafe(48))
    return path


def write_private(path: Path, content: str) -> None:
    """Makes or replaces a file, atomically, that only its owner can read."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.touch(mode=0o600)
    partial.write_text(content)
    partial.rename(path)
