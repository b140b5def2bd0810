"""Gates of `make check` that need an environment: imports, locks, migrations, deployment."""

import os
import secrets
import subprocess
import sys
from tempfile import TemporaryDirectory

from importlinter.cli import lint_imports

from dev.bootstrap import PROGRAMS_PYTHON, UV, settings_for_uv
from dev.config import DATABASES

PLATFORMS = ("x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu", "aarch64-apple-darwin")
PYTHONS = ("3.11", "3.14")  # the oldest and the newest
SERVICES = tuple(f"{name}_service" for name in DATABASES)


def imports() -> int:
    return int(lint_imports())


def locks() -> int:
    """Checks that what `make up` installs has wheels for every platform and Python it runs on.

    Asks the index alone, and installs nothing.
    """
    locks = [("local", python) for python in PYTHONS] + [("programs", PROGRAMS_PYTHON)]
    with TemporaryDirectory() as nowhere:
        asked = [
            _ask_for_wheels(platform, f"requirements-{lock}.lock", python, nowhere)
            for platform in PLATFORMS
            for lock, python in locks
        ]
        return max(process.wait() for process in asked)


def _ask_for_wheels(
    platform: str, lock: str, python: str, nowhere: str
) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [
            *(str(UV / "bin" / "uv"), "pip", "install", "--quiet", "--dry-run", "--no-deps"),
            *("--only-binary=:all:", f"--python-platform={platform}"),
            *(f"--python-version={python}", "--target", nowhere, "-r", lock),
        ],
        env=os.environ | settings_for_uv(),
    )


def migrations() -> int:
    """Checks that each service's models and migrations agree; needs no database."""
    return max(
        subprocess.run(
            [sys.executable, "-m", service, "makemigrations", "--check", "--dry-run"],
            env=os.environ | placeholders(),
            check=False,
        ).returncode
        for service in SERVICES
    )


def deployment() -> int:
    """Runs Django's own checks of what is deployed, set up as for production."""
    told = os.environ | deployed()
    check = ["check", "--deploy", "--fail-level", "WARNING"]
    edge = [sys.executable, "-m", "django", *check, "--settings", "edge_api.settings"]
    commands = [[sys.executable, "-m", service, *check] for service in SERVICES]
    return max(
        subprocess.run(command, env=told, check=False).returncode for command in (*commands, edge)
    )


def deployed() -> dict[str, str]:
    """Returns settings with which production starts."""
    told = placeholders()
    told |= {name: secrets.token_urlsafe(48) for name in told if "SECRET" in name}
    # In production the sandbox is the payment provider only when it is named.
    return told | {"MARKET_ENV": "production", "PAYMENT_PROVIDER": "sandbox"}


def placeholders() -> dict[str, str]:
    """Returns settings that let a service's models load; nothing listens at the addresses."""
    secret = "only to load the models, never used"  # noqa: S105  # says so itself
    told = {
        "MARKET_ENV": "development",
        "MESH_SECRET": secret,
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "SMTP_URL": "smtp://127.0.0.1:1",
        "MAIL_FROM": "nobody@marketmesh.example",
        "MAIL_DOMAIN": "marketmesh.example",
    }
    for name in map(str.upper, DATABASES):
        told |= {
            f"{name}_SECRET_KEY": secret,
            f"{name}_DATABASE_URL": "postgresql://nobody:none@127.0.0.1:1/none",
            f"{name}_SERVICE_BIND": "127.0.0.1:1",
            f"{name}_SERVICE_TARGET": "127.0.0.1:1",
        }
    return told


if __name__ == "__main__":
    gates = {
        "imports": imports,
        "locks": locks,
        "migrations": migrations,
        "deployment": deployment,
    }
    sys.exit(gates[sys.argv[1]]())
