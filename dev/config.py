"""Where a local run keeps things, which ports it takes, and what its processes are told."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dev.errors import CannotRun
from dev.ports import HOST, STEP, free_ports
from dev.secret import kept_secret

ROOT = Path(__file__).resolve().parent.parent
# The services, each with a database of its own, in the order of their ports. What needs a list
# of them takes it from here; `make service` adds one.
DATABASES = (
    "user",
    "order",
    "payment",
)
MEMBERS = ("edge_api", *(f"{name}_service" for name in DATABASES))
# Accounts of a fresh start, known to everybody: name and password.
SHOPPER = ("ada", "correct horse battery staple")
STAFF = ("staff", "staff password for development")
SECRETS = (
    "MESH_SECRET",
    *(f"{name.upper()}_SECRET_KEY" for name in DATABASES),
    "EDGE_SECRET_KEY",
)
# Variables for a single command, which no serving process gets.
OF_COMMANDS = ("STAFF_PASSWORD", "STAFF_PASSWORD_FILE")
OFFSET = "PORT_OFFSET"  # moves all ports, as of a second checkout


def short_name(member: str) -> str:
    """Returns a member's name without what it is: `user`, `edge`."""
    return member.removesuffix("_service").removesuffix("_api")


def _of_each(variable: str, base: int, what: str) -> dict[str, tuple[int, str]]:
    """Returns a port of each service: `base` and the service's number, from 1."""
    return {
        f"{name.upper()}_{variable}": (base + number, what.format(name))
        for number, name in enumerate(DATABASES, 1)
    }


# Variable: (default, what listens there).
PORTS = {
    "EDGE_PORT": (8000, "the edge"),
    **_of_each("PORT", 50050, "the {} service"),
    "SMTP_PORT": (1025, "the mailbox (SMTP)"),
    "MAILBOX_PORT": (8025, "the mailbox page"),
    **_of_each("ADMIN_PORT", 8000, "the {} service's pages for staff"),
    "PG_PORT": (54329, "PostgreSQL"),
    "REDIS_PORT": (63790, "Redis"),
    "EDGE_METRICS_PORT": (9100, "the edge's metrics"),
    **_of_each("METRICS_PORT", 9100, "the {} service's metrics"),
    **_of_each("WORKER_METRICS_PORT", 9200, "the {} worker's metrics"),
}
MOST_OFFSET = 65_535 - max(default for default, _ in PORTS.values())


@dataclass(frozen=True)
class Config:
    """One local run. `ports` maps the variable that moves a port to the port."""

    var: Path
    ports: Mapping[str, int]

    @classmethod
    def read(cls, var: Path, *, any_ports: bool = False) -> "Config":
        """Reads the environment; with `any_ports` the ports are ones that are free now.

        Raises CannotRun for a malformed port.
        """
        if any_ports:
            ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
        else:
            offset = _offset()
            ports = {name: _port(name, default + offset) for name, (default, _) in PORTS.items()}
        return cls(var.resolve(), ports)

    def at(self, port: str) -> str:
        return f"{HOST}:{self.ports[port]}"

    @property
    def edge_url(self) -> str:
        return f"http://{self.at('EDGE_PORT')}"

    @property
    def mailbox_url(self) -> str:
        return f"http://{self.at('MAILBOX_PORT')}"

    @property
    def databases(self) -> list[str]:
        """The services whose database this run starts: the environment names no other."""
        return [name for name in DATABASES if f"{name.upper()}_DATABASE_URL" not in os.environ]

    @property
    def runs_redis(self) -> bool:
        return "REDIS_URL" not in os.environ

    def taken(self) -> dict[str, list[int]]:
        """Returns the ports that a run listens on, by the variable that moves them."""
        unused = {name for name, used in self._engines().items() if not used}
        taken = {name: [port] for name, port in self.ports.items() if name not in unused}
        for name in DATABASES:
            for port in (f"{name.upper()}_PORT", f"{name.upper()}_METRICS_PORT"):
                taken[port] = self._stepping(port, _processes(name))
        taken["EDGE_METRICS_PORT"] = self._stepping("EDGE_METRICS_PORT", count_of("EDGE_WORKERS"))
        return taken

    def _stepping(self, port: str, processes: int) -> list[int]:
        return [self.ports[port] + STEP * number for number in range(processes)]

    def _engines(self) -> dict[str, bool]:
        return {"PG_PORT": bool(self.databases), "REDIS_PORT": self.runs_redis}

    def environment(self, engines: Mapping[str, str]) -> dict[str, str]:
        """Returns every process' environment; `engines` maps variables to the engines' URLs."""
        told = {
            "MARKET_ENV": "development",
            "SMTP_URL": f"smtp://{self.at('SMTP_PORT')}",
            "MAIL_FROM": "Marketmesh <no-reply@marketmesh.example>",
            "MAIL_DOMAIN": "marketmesh.example",
            "ACCOUNT_PAGES_URL": f"{self.edge_url}/account",
            "EDGE_BIND": self.at("EDGE_PORT"),
            "MARKET_VAR": str(self.var),
            "MAILBOX_DIR": str(self.var / "mail"),
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "generated" / "python")]),
            "PYTHONUNBUFFERED": "1",
            "MALLOC_ARENA_MAX": "2",  # threads that wait much need no arena each
        }
        for service in DATABASES:
            told |= self._of_service(service)
        pages = {f"{name}_service": self.at(f"{name.upper()}_ADMIN_PORT") for name in DATABASES}
        told["ADMIN_SITES"] = ",".join(f"{name}=http://{at}" for name, at in pages.items())
        if os.environ.get("MESH_TLS") == "on":
            told |= _certificates(certs_in(self.var))
        told |= {f"{name}_FILE": str(kept_secret(self.var / "secrets" / name)) for name in SECRETS}
        ours = {name: told[name] for name in ("MARKET_VAR", "PYTHONPATH")}
        numbers = {name: str(port) for name, port in self.ports.items()}
        given = {name: value for name, value in os.environ.items() if name not in OF_COMMANDS}
        return {**told, **numbers, **given, **engines, **ours}

    def _of_service(self, service: str) -> dict[str, str]:
        name = service.upper()
        first = self.ports[f"{name}_PORT"]
        targets = [f"{HOST}:{first + STEP * number}" for number in range(_processes(service))]
        return {
            f"{name}_SERVICE_BIND": targets[0],
            f"{name}_SERVICE_TARGET": ",".join(targets),
        }


def certs_in(var: Path) -> Path:
    return var / "certs"


def _certificates(folder: Path) -> Mapping[str, str]:
    """Returns the variables by which every service finds its certificate."""
    return {
        "MESH_CERT_FILE": str(folder / "{service}.pem"),
        "MESH_KEY_FILE": str(folder / "{service}.key"),
        "MESH_CA_FILE": str(folder / "ca.pem"),
    }


def _processes(service: str) -> int:
    return count_of(f"{service.upper()}_SERVICE_PROCESSES")


def count_of(name: str, environment: Mapping[str, str] = os.environ) -> int:
    """Returns how many processes a variable asks for. Raises CannotRun."""
    value = environment.get(name, "1")
    if not (value.isascii() and value.isdigit() and 0 < int(value) <= 64):
        raise CannotRun(f"{name} must be a whole number from 1 to 64, not {value!r}")
    return int(value)


def _offset() -> int:
    value = os.environ.get(OFFSET, "0")
    if not (value.isascii() and value.isdigit() and int(value) <= MOST_OFFSET):
        raise CannotRun(f"{OFFSET} must be a whole number up to {MOST_OFFSET}, not {value!r}")
    return int(value)


def _port(name: str, default: int) -> int:
    value = os.environ.get(name, str(default))
    if not (value.isascii() and value.isdigit() and 0 < int(value) < 65536):
        raise CannotRun(f"{name} must be a port number, not {value!r}")
    return int(value)
