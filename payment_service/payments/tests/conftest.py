from collections.abc import Iterator
from dataclasses import replace

import pytest
from pytest_django.fixtures import Settings

from mesh.testing.servers import TestKeys, serving
from payment_service.payments.tests import localstripe_process
from payment_service.payments.tests.client import Client
from payment_service.payments.tests.stripe_front import Front, front
from payment_service.wiring import SERVICE


@pytest.fixture
def nobody(transactional_db: None) -> Iterator[Client]:
    """A caller without a token, of a real server."""
    keys = TestKeys()
    with serving(replace(SERVICE, jwks=keys.jwks)) as (_, channel):
        yield Client(channel, keys)


@pytest.fixture
def orders(nobody: Client) -> Client:
    """The order service as a caller."""
    return nobody.as_service("order_service")


@pytest.fixture(scope="session")
def localstripe() -> Iterator[str]:
    """The URL of a localstripe of this run's own."""
    with localstripe_process.localstripe() as url:
        yield url


@pytest.fixture
def stripe(localstripe: str, settings: Settings) -> Iterator[Front]:
    """Stripe as the provider, behind a front that fails when it is told to."""
    with front(localstripe) as server:
        settings.PAYMENT_PROVIDER = "payment_service.payments.providers.stripe.Stripe"
        settings.STRIPE_API_KEY = "sk_test_marketmesh"
        settings.STRIPE_API_BASE = server.url
        settings.STRIPE_WEBHOOK_SECRET = "whsec_marketmesh"
        yield server
