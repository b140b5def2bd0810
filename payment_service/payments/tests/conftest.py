from collections.abc import Iterator
from dataclasses import replace

import pytest

from mesh.testing import TestKeys, serving
from payment_service.payments.tests.client import Client
from payment_service.wiring import WIRING


@pytest.fixture
def nobody(transactional_db: None) -> Iterator[Client]:
    """A caller without a token, of a real server."""
    keys = TestKeys()
    with serving(replace(WIRING, jwks=keys.jwks)) as (_, channel):
        yield Client(channel, keys)


@pytest.fixture
def orders(nobody: Client) -> Client:
    """The order service as a caller."""
    return nobody.as_service("order_service")
