"""Who may write the catalog, over a real connection."""

from collections.abc import Callable

import pytest
from google.rpc import code_pb2

from market.catalog.v1.catalog_pb2_grpc import CatalogServiceStub
from mesh.core.ids import uuid7
from mesh.rpc.metadata import Metadata
from mesh.testing.servers import as_service, error_of
from order_service.catalog.models import Product
from order_service.catalog.tests.requests import creation, update
from order_service.conftest import AsUser


def nobody(_: AsUser) -> Metadata:
    return ()


def a_user(signed_in: AsUser) -> Metadata:
    return signed_in(uuid7())


def other_staff(signed_in: AsUser) -> Metadata:
    return signed_in(uuid7(), "orders.write")


def a_service(_: AsUser) -> Metadata:
    return as_service("payment_service")


@pytest.mark.parametrize(
    ("who", "code"),
    [
        (nobody, code_pb2.UNAUTHENTICATED),
        (a_service, code_pb2.UNAUTHENTICATED),
        (a_user, code_pb2.PERMISSION_DENIED),
        (other_staff, code_pb2.PERMISSION_DENIED),
    ],
)
def test_only_staff_of_the_catalog_writes(
    catalog: CatalogServiceStub,
    signed_in: AsUser,
    who: Callable[[AsUser], Metadata],
    code: int,
) -> None:
    assert error_of(catalog.CreateProduct, creation(), who(signed_in)).code == code
    assert error_of(catalog.UpdateProduct, update("stock"), who(signed_in)).code == code
    assert not Product.objects.exists()
