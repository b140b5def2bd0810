"""Gates of `make check` that need an environment: imports, migrations, deployment."""

import os
import secrets
import subprocess
import sys

from importlinter.cli import lint_imports

SERVICES = ("user_service", "order_service", "payment_service")


def imports() -> int:
    return int(lint_imports())


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
    names = [service.removesuffix("_service").upper() for service in SERVICES]
    secret = "only to load the models, never used"  # noqa: S105  # says so itself
    told = {
        "MARKET_ENV": "development",
        "MESH_SECRET": secret,
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "SMTP_URL": "smtp://127.0.0.1:1",
        "MAIL_FROM": "nobody@marketmesh.example",
        "MAIL_DOMAIN": "marketmesh.example",
    }
    for name in names:
        told |= {
            f"{name}_SECRET_KEY": secret,
            f"{name}_DATABASE_URL": "postgresql://nobody:none@127.0.0.1:1/none",
            f"{name}_SERVICE_BIND": "127.0.0.1:1",
            f"{name}_SERVICE_TARGET": "127.0.0.1:1",
        }
    return told


if __name__ == "__main__":
    gates = {"imports": imports, "migrations": migrations, "deployment": deployment}
    sys.exit(gates[sys.argv[1]]())
