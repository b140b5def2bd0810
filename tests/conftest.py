"""Starts a whole mesh on free ports for the session, unless MARKET_RUNNING=on says one runs.

On one that runs already, tests that start a mesh or stop parts of one are left out.
Prints a line for each tool whose tests were left out, which pytest shows as letters.
"""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import PurePath

import pytest

from tests.support.declared_errors import undeclared_in_logs
from tests.support.leaks import leaks
from tests.support.local_mesh import LocalMesh
from tests.support.mesh_under_test import Addresses, Market

RUNNING = os.environ.get("MARKET_RUNNING") == "on"
OWN_MESH = {"mesh", "local"}  # the fixtures


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if RUNNING:
        left_out = [item for item in items if OWN_MESH & set(getattr(item, "fixturenames", ()))]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalMesh]:
    """Yields the mesh under test, for tests that stop parts of it."""
    local = LocalMesh(tmp_path_factory.mktemp("mesh"))
    try:
        yield local
    finally:
        local.stop()


@pytest.fixture(scope="session")
def market(request: pytest.FixtureRequest) -> Iterator[Market]:
    """Yields a client of the mesh; at the end its logs show no secret and no undeclared error."""
    at = Addresses.from_environment() if RUNNING else request.getfixturevalue("mesh").start()
    with Market(at) as opened:
        yield opened
    if not RUNNING:
        var = request.getfixturevalue("mesh").var
        assert leaks(var, opened.told) == []
        assert undeclared_in_logs(var) == set()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = Counter(
        (
            str(PurePath(report.nodeid.partition("::")[0]).parent),
            report.longrepr[2].removeprefix("Skipped: "),
        )
        for report in terminalreporter.getreports("skipped")
        if isinstance(report.longrepr, tuple)
    )
    for (folder, why), count in skipped.items():
        terminalreporter.write_line(f"left out: {count} of {folder}: {why}")
