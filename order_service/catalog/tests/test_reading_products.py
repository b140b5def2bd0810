"""GetProduct and ListProducts, as callers see it over a real connection."""

from google.rpc import code_pb2

from market.catalog.v1 import catalog_pb2
from market.catalog.v1.catalog_pb2_grpc import CatalogServiceStub
from mesh.testing.servers import error_of
from order_service.conftest import MakeProduct


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
