"""How the mesh is: its processes, engines and steps, where all is, and whom to be."""

import asyncio
import sys
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from dev.config import DATABASES, ROOT, SHOPPER, STAFF, Config
from dev.http import answered
from dev.status import State, duration, engine_states, states
from dev.supervisor.control import Control

LIBRARIES = {"Django": "django", "gRPC": "grpcio", "Celery": "celery", "protobuf": "protobuf"}
STEPS = "/metrics?name[]=outbox_steps&name[]=outbox_oldest_step_age_seconds"


def status(config: Config) -> dict[str, Any]:
    """Returns all that the page shows of the mesh. Raises CannotRun before it has begun."""
    control = Control(config.var)
    environment = control.environment()
    return {
        "processes": [_told(one) for one in (*states(control), *engine_states(control))],
        "steps": asyncio.run(_steps(environment)),
        "versions": _versions(),
        "addresses": _addresses(config),
        "accounts": [
            {"username": username, "password": password, "role": role}
            for (username, password), role in ((SHOPPER, "shopper"), (STAFF, "staff"))
        ],
    }


def _told(state: State) -> dict[str, Any]:
    return {
        "name": state.name,
        "says": str(state),
        "ready": state.ready,
        "address": state.address,
        "pid": state.pid,
        "up": duration(state.runs_s) if state.pid else "",
    }


async def _steps(environment: Mapping[str, str]) -> list[dict[str, Any]]:
    """Returns how many steps of each service wait or are parked, and the oldest one's age."""
    ports = [int(environment[f"{name.upper()}_WORKER_METRICS_PORT"]) for name in DATABASES]
    told = await asyncio.gather(*(answered(port, STEPS) for port in ports))
    return [{"service": name, **_outbox(text)} for name, text in zip(DATABASES, told, strict=True)]


def _outbox(text: bytes | None) -> dict[str, Any]:
    """Returns the sums of a worker's metrics; None each where it does not respond."""
    if text is None:
        return {"pending": None, "parked": None, "oldest_s": None}
    families = text_string_to_metric_families(text.decode())
    samples = [sample for family in families for sample in family.samples]
    ages = [one.value for one in samples if one.name == "outbox_oldest_step_age_seconds"]
    counts = {
        state: sum(one.value for one in samples if one.labels.get("state") == state)
        for state in ("pending", "parked")
    }
    return {**counts, "oldest_s": max(ages, default=0.0)}


def _addresses(config: Config) -> list[dict[str, str]]:
    pages = {
        "API": f"{config.edge_url}/api/docs/",
        "Errors": f"{config.edge_url}/api/docs/errors/",
        "OpenAPI document": f"{config.edge_url}/api/openapi.json",
        "Mailbox": f"{config.mailbox_url}/",
        "All mails": f"{config.edge_url}/development/mails",
        **{
            f"Staff: {name}s": f"http://{config.at(f'{name.upper()}_ADMIN_PORT')}/"
            for name in DATABASES
        },
    }
    return [{"title": title, "url": url} for title, url in pages.items()]


@cache
def _versions() -> dict[str, str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    ours = {"Marketmesh": project["version"], "Python": sys.version.split()[0]}
    return ours | {name: version(package) for name, package in LIBRARIES.items()}
