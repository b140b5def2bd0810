import os
import secrets
from pathlib import Path

from mesh.core.config import DEVELOPMENT_SECRET


def kept_secret(path: Path) -> Path:
    """The file of a secret that only its owner can read, made once; whole or not there."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(path, DEVELOPMENT_SECRET + secrets.token_urlsafe(48))
    return path


def write_private(path: Path, content: str) -> None:
    """Make or replace a file that only its owner can read; nobody sees half of it."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.touch(mode=0o600)
    partial.write_text(content)
    partial.rename(path)
