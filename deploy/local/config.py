"""Where a local run keeps things, which ports it takes, and what its processes are told."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.local.errors import CannotRun
from deploy.local.ports import HOST, free_port

ROOT = Path(__file__).resolve().parent.parent.parent
DATABASES = ("user", "order", "payment")
SECRETS = (
    "MESH_SECRET",
    "USER_SECRET_KEY",
    "ORDER_SECRET_KEY",
    "PAYMENT_SECRET_KEY",
    "EDGE_SECRET_KEY",
)
# Variable: (default, what listens there). Further processes of a service: +10 each.
PORTS = {
    "EDGE_PORT": (8000, "the edge"),
    "USER_PORT": (50051, "the user service"),
    "ORDER_PORT": (50052, "the order service"),
    "PAYMENT_PORT": (50053, "the payment service"),
    "SMTP_PORT": (1025, "the mailbox (SMTP)"),
    "MAILBOX_PORT": (8025, "the mailbox page"),
    "PG_PORT": (54329, "PostgreSQL"),
    "REDIS_PORT": (63790, "Redis"),
}


@dataclass(frozen=True)
class Config:
    """One local run. `ports` maps the variable that moves a port to the port."""

    var: Path
    ports: Mapping[str, int]

    @classmethod
    def read(cls, var: Path, *, any_ports: bool = False) -> "Config":
        """From the environment; with `any_ports`, on ports that are free now.

        Raises CannotRun for a port that is none.
        """
        ports = {
            name: free_port() if any_ports else _port(name, default)
            for name, (default, _) in PORTS.items()
        }
        return cls(var.resolve(), ports)

    def at(self, port: str) -> str:
        return f"{HOST}:{self.ports[port]}"

    @property
    def edge_url(self) -> str:
        return f"http://{self.at('EDGE_PORT')}"

    @property
    def mailbox_url(self) -> str:
        return f"http://{self.at('MAILBOX_PORT')}"

    def environment(self, engines: Mapping[str, str]) -> dict[str, str]:
        """What every process is told; `engines` maps variables to the engines' URLs."""
        told = {
            "MARKET_ENV": "development",
            "SMTP_URL": f"smtp://{self.at('SMTP_PORT')}",
            "MAIL_FROM": "Marketmesh <no-reply@marketmesh.example>",
            "MAIL_DOMAIN": "marketmesh.example",
            "EDGE_BIND": self.at("EDGE_PORT"),
            "PUBLIC_URL": self.edge_url,
            "MAILBOX_DIR": str(self.var / "mail"),
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "generated" / "python")]),
            "PYTHONUNBUFFERED": "1",
        }
        for service in DATABASES:
            told |= self._of_service(service.upper())
        told |= {f"{name}_FILE": str(self._secret(name)) for name in SECRETS}
        numbers = {name: str(port) for name, port in self.ports.items()}
        return {**told, **numbers, **os.environ, **engines, "PYTHONPATH": told["PYTHONPATH"]}

    def _of_service(self, name: str) -> dict[str, str]:
        first = self.ports[f"{name}_PORT"]
        processes = int(os.environ.get(f"{name}_SERVICE_PROCESSES", "1"))
        targets = [f"{HOST}:{first + 10 * number}" for number in range(processes)]
        return {
            f"{name}_SERVICE_BIND": targets[0],
            f"{name}_SERVICE_TARGET": ",".join(targets),
        }

    def _secret(self, name: str) -> Path:
        """The file of a secret, made once, for this run's folder only."""
        kept = self.var / "secrets" / name
        if not kept.exists():
            kept.parent.mkdir(mode=0o700, exist_ok=True)
            kept.touch(mode=0o600)
            kept.write_text(secrets.token_urlsafe(48))
        return kept


def _port(name: str, default: int) -> int:
    value = os.environ.get(name, str(default))
    if not (value.isascii() and value.isdigit() and 0 < int(value) < 65536):
        raise CannotRun(f"{name} must be a port number, not {value!r}")
    return int(value)
