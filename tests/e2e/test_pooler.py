"""The story with every database behind a pooler that shares sessions between transactions."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

import psycopg
import pytest

from dev.config import DATABASES, ROOT
from dev.engines.postgres import Postgres
from tests.support.left_out import need
from tests.support.local_mesh import LocalMesh
from tests.support.mesh_under_test import Addresses
from tests.support.pgbouncer import SESSIONS, PgBouncer

STORY = (
    "tests/e2e/test_story.py::test_a_person_orders_and_two_mails_arrive",
    "tests/e2e/test_story.py::test_a_declined_payment_cancels_the_order_and_puts_the_stock_back",
    "tests/e2e/test_story.py::test_the_same_story_through_the_stubs",
    "tests/e2e/test_watching.py",
)
DIRECT = "past the pooler"
STATEMENTS = """
    SELECT application_name, query FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@pytest.fixture
def direct(tmp_path: Path) -> Iterator[Mapping[str, str]]:
    """The URLs of databases by service, past the pooler."""
    need("pgbouncer")
    with Postgres(tmp_path / "postgres", port=0, durable=False) as postgres:
        yield {name: postgres.create(f"market_{name}") for name in DATABASES}


@pytest.fixture
def local(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, direct: Mapping[str, str]
) -> Iterator[LocalMesh]:
    with PgBouncer(tmp_path, direct.values()) as pooler:
        pooled = {f"{name.upper()}_DATABASE_URL": pooler.of(url) for name, url in direct.items()}
        named = urlencode({"application_name": DIRECT}, quote_via=quote)
        past = {
            f"{name.upper()}_DATABASE_DIRECT_URL": f"{url}?{named}" for name, url in direct.items()
        }
        mesh = LocalMesh(tmp_path_factory.mktemp("mesh"), {**pooled, **past})
        yield mesh
        mesh.stop()


def test_the_story_is_the_same_through_a_pooler(
    local: LocalMesh, direct: Mapping[str, str]
) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "pytest", *STORY],
        cwd=ROOT,
        env={**os.environ, **variables(local.start())},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stdout
    for url in direct.values():
        with psycopg.connect(url) as connection:
            last = connection.execute(STATEMENTS).fetchall()
        listening = [query for name, query in last if name == DIRECT]
        assert listening
        assert {query.split()[0] for query in listening} == {"LISTEN"}
        assert 0 < len(last) - len(listening) <= SESSIONS


def variables(at: Addresses) -> dict[str, str]:
    """Returns the environment by which tests find a mesh that runs."""
    ports = {"EDGE_PORT": at.edge, "MAILBOX_PORT": at.mailbox}
    ports |= {f"{name.upper()}_PORT": f"//{at.grpc[f'{name}_service']}" for name in DATABASES}
    numbers = {variable: str(urlsplit(address).port) for variable, address in ports.items()}
    return {"MARKET_RUNNING": "on", **numbers}
