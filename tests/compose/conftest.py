"""What these tests need runs already when `make test-compose` starts them; without it
there is nothing to collect."""

import os
from collections.abc import Iterator

import pytest

from tests.compose.mesh import ComposeMesh
from tests.support.mesh_under_test import Addresses, Market

collect_ignore_glob = [] if "MARKET_COMPOSE" in os.environ else ["test_*.py"]


@pytest.fixture(scope="session")
def compose() -> ComposeMesh:
    return ComposeMesh()


@pytest.fixture(scope="session")
def market() -> Iterator[Market]:
    with Market(Addresses.from_environment()) as opened:
        yield opened
