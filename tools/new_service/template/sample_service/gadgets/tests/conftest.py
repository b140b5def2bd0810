import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from market.sample.v1.sample_pb2_grpc import SampleServiceStub
from mesh.core.ids import uuid7
from mesh.rpc.metadata import Metadata
from mesh.testing.servers import TestKeys, as_user, serving
from sample_service.wiring import SERVICE


@pytest.fixture(scope="session")
def keys() -> TestKeys:
    return TestKeys()


@pytest.fixture
def sample(transactional_db: None, keys: TestKeys) -> Iterator[SampleServiceStub]:
    """The service, over a real connection."""
    with serving(replace(SERVICE, jwks=keys.jwks)) as (_, channel):
        yield SampleServiceStub(channel)


@pytest.fixture
def staff(keys: TestKeys) -> Metadata:
    return as_user(keys.token(str(uuid7()), "sample.write", now=time.time()))


@pytest.fixture
def user(keys: TestKeys) -> Metadata:
    return as_user(keys.token(str(uuid7()), now=time.time()))
