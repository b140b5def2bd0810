import time
from collections.abc import Iterator
from dataclasses import replace

import grpc
import pytest
from pytest_django import Settings

from market.user.v1.credential_pb2_grpc import CredentialServiceStub
from market.user.v1.session_pb2_grpc import SessionServiceStub
from market.user.v1.totp_pb2_grpc import TotpServiceStub
from market.user.v1.user_pb2_grpc import UserServiceStub
from mesh.rpc.definition import RpcDefinition
from mesh.rpc.metadata import Metadata
from mesh.testing.servers import TestKeys, as_user, serving, standing_in_for
from user_service.accounts.models import User
from user_service.tests.accounts import Sign, a_staff_account
from user_service.tests.toys import ToyOrders, ToyPayments
from user_service.wiring import SERVICE


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
    with serving(replace(SERVICE, jwks=keys.jwks)) as (_, channel):
        yield channel


@pytest.fixture
def users(channel: grpc.Channel) -> UserServiceStub:
    return UserServiceStub(channel)


@pytest.fixture
def sessions(channel: grpc.Channel) -> SessionServiceStub:
    return SessionServiceStub(channel)


@pytest.fixture
def credentials(channel: grpc.Channel) -> CredentialServiceStub:
    return CredentialServiceStub(channel)


@pytest.fixture
def totp(channel: grpc.Channel) -> TotpServiceStub:
    return TotpServiceStub(channel)


@pytest.fixture
def orders(keys: TestKeys) -> Iterator[type[ToyOrders]]:
    ToyOrders.reset()
    wiring = RpcDefinition(
        serves={"market.order.v1.PersonalDataService": ToyOrders}, jwks=keys.jwks
    )
    with standing_in_for("order_service", wiring):
        yield ToyOrders


@pytest.fixture
def payments(keys: TestKeys) -> Iterator[type[ToyPayments]]:
    ToyPayments.reset()
    wiring = RpcDefinition(
        serves={"market.payment.v1.PersonalDataService": ToyPayments}, jwks=keys.jwks
    )
    with standing_in_for("payment_service", wiring):
        yield ToyPayments


@pytest.fixture
def staff(transactional_db: None, keys: TestKeys) -> Metadata:
    scopes = "users.read", "users.write", "users.export"
    return as_user(keys.token(str(a_staff_account(*scopes).id), *scopes, now=time.time()))


@pytest.fixture
def signed_in(keys: TestKeys) -> Sign:
    """With a token that nothing revokes: for what holds before a revocation is heard of."""

    def sign(user: User) -> Metadata:
        token = keys.token(str(user.id), now=time.time(), token_version=1_000_000)
        return as_user(token)

    return sign
