"""CreateProduct, as callers see it over a real connection."""

from typing import Any
from uuid import uuid4

import pytest
from google.rpc import code_pb2
from google.type.money_pb2 import Money

from market.catalog.v1 import catalog_pb2
from market.catalog.v1.catalog_pb2_grpc import CatalogServiceStub
from mesh.rpc.metadata import Metadata
from mesh.testing.servers import error_of
from order_service.catalog.models import Product
from order_service.catalog.tests.requests import EUR_12_90, creation


def test_a_created_product_is_there_for_anyone(
    catalog: CatalogServiceStub, staff: Metadata
) -> None:
    created = catalog.CreateProduct(creation(description="Blue."), metadata=staff).product
    got = catalog.GetProduct(catalog_pb2.GetProductRequest(sku="MUG")).product
    assert got == created
    assert (got.title, got.description, got.price, got.stock) == ("Mug", "Blue.", EUR_12_90, 3)
    assert got.etag == "1"
    assert got.create_time.seconds > 0
    assert got.create_time == got.update_time


def test_a_taken_sku_is_refused_and_the_product_stays(
    catalog: CatalogServiceStub, staff: Metadata
) -> None:
    catalog.CreateProduct(creation(), metadata=staff)
    error = error_of(catalog.CreateProduct, creation(title="Another"), staff)
    assert (error.code, error.reason) == (code_pb2.ALREADY_EXISTS, "SKU_TAKEN")
    assert Product.objects.get().title == "Mug"


def test_skus_that_differ_in_case_are_different_products(
    catalog: CatalogServiceStub, staff: Metadata
) -> None:
    catalog.CreateProduct(creation(), metadata=staff)
    catalog.CreateProduct(creation(sku="mug"), metadata=staff)
    assert Product.objects.count() == 2


def test_a_repeated_creation_gets_the_first_answer(
    catalog: CatalogServiceStub, staff: Metadata
) -> None:
    request = creation(request_id=str(uuid4()))
    first = catalog.CreateProduct(request, metadata=staff)
    assert catalog.CreateProduct(request, metadata=staff) == first


@pytest.mark.parametrize(
    "price",
    [
        Money(currency_code="USD", units=12),
        Money(currency_code="EUR", units=12, nanos=900_000_001),
    ],
)
def test_a_price_in_another_currency_or_too_fine_is_refused(
    catalog: CatalogServiceStub, staff: Metadata, price: Money
) -> None:
    error = error_of(catalog.CreateProduct, creation(price=price), staff)
    assert (error.code, error.reason) == (code_pb2.INVALID_ARGUMENT, "PRICE_INVALID")
    assert [violation.field for violation in error.violations] == ["product.price"]
    assert not Product.objects.exists()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"sku": "no spaces"}, "product.sku"),
        ({"title": ""}, "product"),
        ({"title": "x" * 201}, "product.title"),
        ({"price": Money(currency_code="EUR")}, "product.price"),
        ({"price": Money(currency_code="EUR", units=-1)}, "product.price"),
        ({"price": Money(currency_code="eur", units=1)}, "product.price"),
        ({"price": Money(currency_code="EUR", units=10**12)}, "product.price"),
        ({"stock": -1}, "product.stock"),
    ],
)
def test_a_product_that_breaks_the_contract_is_refused_by_field(
    catalog: CatalogServiceStub, staff: Metadata, fields: dict[str, Any], field: str
) -> None:
    error = error_of(catalog.CreateProduct, creation(**fields), staff)
    assert error.reason == "REQUEST_INVALID"
    assert [violation.field for violation in error.violations] == [field]
