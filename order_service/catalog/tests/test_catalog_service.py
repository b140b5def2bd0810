"""CatalogService, as its callers see it over a real connection."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from google.rpc import code_pb2
from google.type.money_pb2 import Money

from market.catalog.v1 import catalog_pb2
from market.catalog.v1.catalog_pb2_grpc import CatalogServiceStub
from mesh.ids import uuid7
from mesh.outgoing import Metadata
from mesh.testing import as_service, error_of
from order_service.catalog.models import Product
from order_service.conftest import AsUser, MakeProduct

EUR_12_90 = Money(currency_code="EUR", units=12, nanos=900_000_000)


@pytest.fixture
def staff(signed_in: AsUser) -> Metadata:
    return signed_in(uuid7(), "catalog.write")


def mug(**fields: Any) -> catalog_pb2.Product:
    values = {"sku": "MUG", "title": "Mug", "price": EUR_12_90, "stock": 3, **fields}
    return catalog_pb2.Product(**values)


def creation(request_id: str = "", **fields: Any) -> catalog_pb2.CreateProductRequest:
    return catalog_pb2.CreateProductRequest(product=mug(**fields), request_id=request_id)


def update(*paths: str, **fields: Any) -> catalog_pb2.UpdateProductRequest:
    return catalog_pb2.UpdateProductRequest(
        product=catalog_pb2.Product(sku="MUG", **fields), update_mask=FieldMask(paths=paths)
    )


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


def test_an_unknown_product_is_not_found(catalog: CatalogServiceStub) -> None:
    error = error_of(catalog.GetProduct, catalog_pb2.GetProductRequest(sku="MUG"))
    assert (error.code, error.reason) == (code_pb2.NOT_FOUND, "PRODUCT_NOT_FOUND")
    assert error.metadata == {"sku": "MUG"}


def test_pages_go_by_sku_and_are_stable_under_inserts(
    catalog: CatalogServiceStub, product: MakeProduct
) -> None:
    for sku in ("c", "B", "a", "D"):
        product(sku)
    first = catalog.ListProducts(catalog_pb2.ListProductsRequest(page_size=2))
    product("A")
    second = catalog.ListProducts(
        catalog_pb2.ListProductsRequest(page_size=2, page_token=first.next_page_token)
    )
    assert [found.sku for found in first.products] == ["B", "D"]
    assert [found.sku for found in second.products] == ["a", "c"]
    assert second.next_page_token == ""


def test_a_page_token_that_was_not_given_out_is_refused(catalog: CatalogServiceStub) -> None:
    request = catalog_pb2.ListProductsRequest(page_token="made up")
    assert error_of(catalog.ListProducts, request).reason == "PAGE_TOKEN_INVALID"


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
