"""Runs each part's tests against real engines: `python -m pytest user_service`.

A pytest plugin: the first folder named decides whose settings are loaded. A part with a
database gets a PostgreSQL and a Redis of its own for the session; nothing has to run
beforehand, and nothing is left behind.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from dev import config
from dev.config import DATABASES
from dev.engines.postgres import Postgres
from dev.engines.redis import Redis

SETTINGS = {
    "mesh": "mesh.tests.settings",
    **{f"{name}_service": f"{name}_service.settings" for name in DATABASES},
    "edge_api": "edge_api.settings",
}
DATABASE_URL = {
    "mesh": "TEST_DATABASE_URL",
    **{f"{name}_service": f"{name.upper()}_DATABASE_URL" for name in DATABASES},
}
SECRETS = (*config.SECRETS, "TOY_SECRET_KEY")
# Nothing listens at these ports: a test that calls another service starts a stand-in.
ENVIRONMENT = {
    "MARKET_ENV": "development",
    **{f"{name.upper()}_SERVICE_BIND": "127.0.0.1:0" for name in DATABASES},
    **{f"{name.upper()}_SERVICE_TARGET": "127.0.0.1:1" for name in DATABASES},
    "SMTP_URL": "smtp://127.0.0.1:1",
    "MAIL_FROM": "Marketmesh <no-reply@marketmesh.example>",
    "MAIL_DOMAIN": "marketmesh.example",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}

_engines = ExitStack()
_postgres: list[Postgres] = []


def postgres() -> Postgres:
    """Returns the session's PostgreSQL."""
    return _postgres[0]


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    """Sets the environment before any conftest is imported and pytest-django sets Django up."""
    part = _part(early_config)
    if part in SETTINGS:
        os.environ.update(ENVIRONMENT)
        os.environ.update({name: f"only for tests: {name.lower():_<48}" for name in SECRETS})
        os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS[part]
    if part in DATABASE_URL:
        _start_engines(part)
    return (yield)


def pytest_unconfigure() -> None:
    _engines.close()


def _part(config: pytest.Config) -> str:
    """Returns the repository's folder that the first argument lies in, or empty."""
    arguments = config.known_args_namespace.file_or_dir
    path = Path(arguments[0].partition("::")[0] if arguments else "").resolve()
    inside = path.relative_to(config.rootpath) if path.is_relative_to(config.rootpath) else Path()
    return inside.parts[0] if inside.parts else ""


def _start_engines(part: str) -> None:
    directory = Path(_engines.enter_context(tempfile.TemporaryDirectory(prefix="market-")))
    postgres = _engines.enter_context(Postgres(directory / "postgres", port=0, durable=False))
    redis = _engines.enter_context(Redis(directory / "redis", port=0, durable=False))
    _postgres.append(postgres)
    os.environ[DATABASE_URL[part]] = postgres.create(f"market_{part}")
    os.environ["REDIS_URL"] = redis.url
