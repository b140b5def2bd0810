import os
import secrets
from pathlib import Path

from mesh.env import DEVELOPMENT_SECRET


def kept_secret(path: Path) -> Path:
    """The file of a secret that only its owner can read, made once; whole or not there."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.{os.getpid()}")
        partial.touch(mode=0o600)
        partial.write_text(DEVELOPMENT_SECRET + secrets.token_urlsafe(48))
        partial.rename(path)
    return path
