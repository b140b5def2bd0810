from collections.abc import Iterator

import pytest
from pytest_django import Settings

from mesh.admin.tests.toy_accounts import ToyAccounts, ToyNames
from mesh.rpc.definition import RpcDefinition
from mesh.testing.servers import standing_in_for

OWN_SCOPES = ("catalog.write", "orders.read", "orders.write")


@pytest.fixture(autouse=True)
def as_a_service_of_the_market(settings: Settings) -> None:
    """Whose RPCs ask for OWN_SCOPES."""
    settings.SERVICE = "order_service"


@pytest.fixture
def accounts(transactional_db: None) -> Iterator[type[ToyAccounts]]:
    """An account with all of the service's scopes, and who signs it in."""
    ToyAccounts.reset(*OWN_SCOPES)
    wiring = RpcDefinition(
        serves={
            "market.user.v1.SessionService": ToyAccounts,
            "market.user.v1.UserService": ToyNames,
        },
        jwks=ToyAccounts.keys.jwks,
    )
    with standing_in_for("user_service", wiring):
        yield ToyAccounts
