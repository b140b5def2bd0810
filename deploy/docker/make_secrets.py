"""Makes the secrets that compose.yaml mounts as files: `make secrets`.

They are in deploy/secrets, which git ignores. One that is there stays as it is, so it may
be run again after an upgrade. Needs nothing but Python.
"""

import secrets
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "secrets"
SERVICES = tuple(
    sorted(
        folder.name.removesuffix("_service") for folder in FOLDER.parent.parent.glob("*_service")
    )
)
RANDOM = (
    "mesh_secret",
    "postgres_password",
    "redis_password",
    "grafana_password",
    *(f"{name}_secret_key" for name in SERVICES),
    *(f"{name}_db_password" for name in SERVICES),
)


def make_secrets(folder: Path) -> list[str]:
    """Makes the secrets that are missing; returns their names."""
    # The folder decides who may look. A file in it is mounted into containers that run as
    # other users than its owner, and so is readable for all.
    folder.mkdir(mode=0o700, exist_ok=True)
    missing = [name for name in RANDOM if not (folder / name).exists()]
    for name in missing:
        _write(folder / name, secrets.token_urlsafe(48))
    for name, content in _derived(folder).items():
        (folder / name).unlink(missing_ok=True)
        _write(folder / name, content)
    return missing


def _derived(folder: Path) -> dict[str, str]:
    """Returns the passwords in the forms that the programs read."""
    redis = (folder / "redis_password").read_text()
    forms = {"redis.conf": f"requirepass {redis}\n", "redis_url": f"redis://:{redis}@redis:6379/0"}
    for name in SERVICES:
        role, password = f"market_{name}", (folder / f"{name}_db_password").read_text()
        forms[f"{name}_database_url"] = f"postgresql://{role}:{password}@{name}-db:5432/{role}"
    return forms


def _write(file: Path, content: str) -> None:
    file.write_text(content)
    file.chmod(0o444)


if __name__ == "__main__":
    made = make_secrets(FOLDER)
    sys.stdout.write(f"{FOLDER}: {', '.join(made) + ' made' if made else 'complete'}\n")
