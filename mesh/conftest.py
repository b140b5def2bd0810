import logging
import sys
from collections.abc import Iterator
from io import StringIO

import grpc
import pytest
import structlog

from mesh.contract.model import market_contract
from mesh.rpc.definition import RpcDefinition
from mesh.telemetry import logs
from mesh.testing.servers import TestKeys, serving, standing_in_for
from mesh.tests.toy.contract import DESCRIPTORS, NAME, Toy
from mesh.tests.toy.revocations import RevocationList
from mesh.tests.toy.watching import WATCH, WATCH_FEW_RPC, WATCH_RPC
from tests.support.engines import postgres
from tests.support.standby import Standby


@pytest.fixture
def keys() -> TestKeys:
    return TestKeys()


@pytest.fixture
def revocations() -> RevocationList:
    return RevocationList()


@pytest.fixture
def wiring(keys: TestKeys, revocations: RevocationList) -> RpcDefinition:
    Toy.calls = []
    Toy.jwks = keys.jwks
    Toy.revoked = revocations.since
    return RpcDefinition(
        serves={NAME: Toy},
        watches={WATCH_RPC: WATCH, WATCH_FEW_RPC: WATCH},
        jwks=keys.jwks,
        revoked=revocations.since,
    )


@pytest.fixture
def bare(wiring: RpcDefinition) -> Iterator[grpc.Channel]:
    """A channel to a toy server that adds nothing of the kit's."""
    with serving(wiring) as (_, channel):
        yield channel


@pytest.fixture(scope="session")
def standby(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standby]:
    """A standby of the session's PostgreSQL."""
    with Standby(tmp_path_factory.mktemp("standby") / "postgres", of=postgres()) as started:
        yield started


@pytest.fixture
def toy_contract(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("MESH_CONTRACT", str(DESCRIPTORS))
    market_contract.cache_clear()
    yield
    market_contract.cache_clear()


@pytest.fixture
def toy_server(toy_contract: None, wiring: RpcDefinition) -> Iterator[None]:
    """A toy server where the kit's channel expects it."""
    with standing_in_for("toy", wiring):
        yield


@pytest.fixture
def written() -> Iterator[StringIO]:
    root, written = logging.getLogger(), StringIO()
    handlers, level = root.handlers, root.level
    logs.configure("toy", role="worker")
    logs.HANDLER.setStream(written)
    yield written
    logs.HANDLER.setStream(sys.stdout)
    structlog.reset_defaults()
    root.handlers = handlers
    root.setLevel(level)
