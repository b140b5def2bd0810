"""UpdateProduct, as callers see it over a real connection."""

import pytest
from google.rpc import code_pb2
from google.type.money_pb2 import Money

from market.catalog.v1 import catalog_pb2
from market.catalog.v1.catalog_pb2_grpc import CatalogServiceStub
from mesh.rpc.metadata import Metadata
from mesh.testing.servers import error_of
from order_service.catalog.models import Product
from order_service.catalog.tests.requests import creation, update


def test_an_update_changes_the_fields_of_its_mask_only(
    catalog: CatalogServiceStub, staff: Metadata
) -> None:
    created = catalog.CreateProduct(creation(), metadata=staff).product
    changed = catalog.UpdateProduct(
        update("title", "stock", title="Cup", description="ignored", stock=0), metadata=staff
    ).product
    assert (changed.title, changed.description, changed.stock) == ("Cup", "", 0)
    assert changed.price == created.price
    assert changed.etag == "2"
    assert changed.update_time.ToDatetime() > created.update_time.ToDatetime()
    assert catalog.GetProduct(catalog_pb2.GetProductRequest(sku="MUG")).product == changed


def test_an_update_of_everything_takes_everything(
    catalog: CatalogServiceStub, staff: Metadata
) -> None:
    catalog.CreateProduct(creation(description="Blue."), metadata=staff)
    price = Money(currency_code="EUR", units=1)
    changed = catalog.UpdateProduct(update("*", title="Cup", price=price), metadata=staff).product
    assert (changed.title, changed.description, changed.price) == ("Cup", "", price)
    assert changed.stock == 0


def test_an_update_from_an_old_version_is_refused(
    catalog: CatalogServiceStub, staff: Metadata
) -> None:
    catalog.CreateProduct(creation(), metadata=staff)
    catalog.UpdateProduct(update("stock", stock=5, etag="1"), metadata=staff)
    error = error_of(catalog.UpdateProduct, update("stock", stock=6, etag="1"), staff)
    assert (error.code, error.reason) == (code_pb2.ABORTED, "ETAG_MISMATCH")
    assert Product.objects.get().stock == 5


@pytest.mark.parametrize(
    ("request_", "reason", "field"),
    [
        (update("sku"), "UPDATE_MASK_INVALID", "update_mask"),
        (update("ü" * 20_000), "REQUEST_INVALID", "update_mask"),
        (update("ü" * 100), "UPDATE_MASK_INVALID", "update_mask"),
        (update("title"), "REQUEST_INVALID", "product.title"),
        (update("price"), "PRICE_INVALID", "product.price"),
        (update("stock", stock=-1), "REQUEST_INVALID", "product.stock"),
        (
            update("price", price=Money(currency_code="EUR", nanos=1)),
            "PRICE_INVALID",
            "product.price",
        ),
    ],
)
def test_an_update_that_makes_no_sense_is_refused_by_field(
    catalog: CatalogServiceStub,
    staff: Metadata,
    request_: catalog_pb2.UpdateProductRequest,
    reason: str,
    field: str,
) -> None:
    catalog.CreateProduct(creation(), metadata=staff)
    error = error_of(catalog.UpdateProduct, request_, staff)
    assert (error.code, error.reason) == (code_pb2.INVALID_ARGUMENT, reason)
    assert [violation.field for violation in error.violations] == [field]
    assert Product.objects.get().version == 1


def test_an_update_of_an_unknown_product_is_not_found(
    catalog: CatalogServiceStub, staff: Metadata
) -> None:
    error = error_of(catalog.UpdateProduct, update("stock", stock=1), staff)
    assert (error.code, error.reason) == (code_pb2.NOT_FOUND, "PRODUCT_NOT_FOUND")
