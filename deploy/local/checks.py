"""Two gates of `make check` that need an environment: import rules, migrations in step."""

import os
import subprocess
import sys

from importlinter.cli import lint_imports

SERVICES = ("user_service", "order_service", "payment_service")


def imports() -> int:
    return int(lint_imports())


def migrations() -> int:
    """Whether each service's models and migrations agree; needs no database."""
    return max(
        subprocess.run(
            [sys.executable, "-m", service, "makemigrations", "--check", "--dry-run"],
            env=os.environ | placeholders(),
            check=False,
        ).returncode
        for service in SERVICES
    )


def placeholders() -> dict[str, str]:
    """Settings that let a service's models load; nothing listens at these addresses."""
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
        }
    return told


if __name__ == "__main__":
    sys.exit({"imports": imports, "migrations": migrations}[sys.argv[1]]())
