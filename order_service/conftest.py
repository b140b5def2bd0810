"""What the service's tests share: it, served, and stand-ins for those that it calls."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from uuid import UUID

import grpc
import pytest

from market.catalog.v1.catalog_pb2_grpc import CatalogServiceStub
from market.order.v1.order_pb2_grpc import OrderServiceStub
from mesh.core.ids import uuid7
from mesh.rpc.definition import RpcDefinition
from mesh.rpc.metadata import Metadata
from mesh.testing.servers import TestKeys, as_user, serving, standing_in_for
from order_service.catalog.models import Product
from order_service.tests.toys import ToyPayments, ToyUsers
from order_service.wiring import SERVICE

AsUser = Callable[..., Metadata]
MakeProduct = Callable[..., Product]


@pytest.fixture(scope="session")
def keys() -> TestKeys:
    return TestKeys()


@pytest.fixture
def signed_in(keys: TestKeys) -> AsUser:
    """Metadata of a call by a user, with the scopes of staff when some are given."""

    def signed_in(user_id: UUID | str, *scopes: str) -> Metadata:
        return as_user(keys.token(str(user_id), *scopes, now=time.time()))

    return signed_in


@pytest.fixture
def staff(signed_in: AsUser) -> Metadata:
    return signed_in(uuid7(), "catalog.write", "orders.read", "orders.write")


@pytest.fixture
def me(buyer: UUID, signed_in: AsUser) -> Metadata:
    return signed_in(buyer)


@pytest.fixture
def channel(transactional_db: None, keys: TestKeys) -> Iterator[grpc.Channel]:
    with serving(replace(SERVICE, jwks=keys.jwks)) as (_, bare):
        yield bare


@pytest.fixture
def catalog(channel: grpc.Channel) -> CatalogServiceStub:
    return CatalogServiceStub(channel)


@pytest.fixture
def orders(channel: grpc.Channel) -> OrderServiceStub:
    return OrderServiceStub(channel)


@pytest.fixture
def buyer() -> UUID:
    """Somebody whom the user service knows."""
    user_id = uuid7()
    ToyUsers.ids.add(str(user_id))
    return user_id


@pytest.fixture
def users(keys: TestKeys) -> Iterator[type[ToyUsers]]:
    wiring = RpcDefinition(serves={"market.user.v1.UserService": ToyUsers}, jwks=keys.jwks)
    with standing_in_for("user_service", wiring):
        yield ToyUsers


@pytest.fixture
def payments(keys: TestKeys) -> Iterator[type[ToyPayments]]:
    ToyPayments.reset()
    wiring = RpcDefinition(serves={"market.payment.v1.PaymentService": ToyPayments}, jwks=keys.jwks)
    with standing_in_for("payment_service", wiring):
        yield ToyPayments


@pytest.fixture
def product() -> MakeProduct:
    """Adds a product to the catalog."""

    def product(
        sku: str = "MUG", *, stock: int = 10, price_minor: int = 12_90, currency: str = "EUR"
    ) -> Product:
        return Product.objects.create(
            sku=sku,
            title=f"The {sku}",
            stock=stock,
            supplied=stock,
            price_minor=price_minor,
            currency=currency,
        )

    return product


@pytest.fixture
def goods(transactional_db: None, product: MakeProduct) -> None:
    """Ten mugs and ten pens, and more gold than one order may cost."""
    product("MUG", price_minor=12_90), product("PEN", price_minor=3_20)
    product("GOLD", price_minor=10**14, stock=1000)
