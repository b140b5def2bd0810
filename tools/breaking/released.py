"""The contract that was released last: one descriptor set, named by its version."""

from pathlib import Path

RELEASED = Path(__file__).resolve().parents[2] / "protos" / "released"


def released() -> tuple[str, bytes]:
    """Returns the version and the set of the last release."""
    (path,) = RELEASED.glob("*.binpb")
    return path.stem, path.read_bytes()


def keep(content: bytes, version: str) -> None:
    """Makes this set the last release."""
    RELEASED.mkdir(exist_ok=True)
    for path in RELEASED.glob("*.binpb"):
        path.unlink()
    (RELEASED / f"{version}.binpb").write_bytes(content)
