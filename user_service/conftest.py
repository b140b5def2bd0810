from collections.abc import Iterator
from dataclasses import replace

import grpc
import pytest
from pytest_django import Settings

from market.user.v1.session_pb2_grpc import SessionServiceStub
from market.user.v1.user_pb2_grpc import UserServiceStub
from mesh.testing import TestKeys, serving
from user_service.wiring import WIRING


@pytest.fixture(autouse=True)
def cheap_passwords(settings: Settings) -> None:
    """Hashing at full cost would be most of what the tests do."""
    settings.ARGON2_TIME_COST, settings.ARGON2_MEMORY_KIB = 1, 8


@pytest.fixture
def keys() -> TestKeys:
    return TestKeys()


@pytest.fixture
def channel(transactional_db: None, keys: TestKeys) -> Iterator[grpc.Channel]:
    """A bare channel to the service, which takes tokens signed by `keys`."""
    with serving(replace(WIRING, jwks=keys.jwks)) as (_, channel):
        yield channel


@pytest.fixture
def users(channel: grpc.Channel) -> UserServiceStub:
    return UserServiceStub(channel)


@pytest.fixture
def sessions(channel: grpc.Channel) -> SessionServiceStub:
    return SessionServiceStub(channel)
