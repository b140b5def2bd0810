"""Only responses that are the same for everyone may be shared."""

from collections.abc import Callable
from typing import Any

import pytest
from google.api import annotations_pb2
from google.protobuf import descriptor_pb2, descriptor_pool

from market.options.v1 import options_pb2
from mesh.contract.model import Contract, ContractError, market_contract, market_descriptors

CATALOG = "market/catalog/v1/catalog.proto"


def test_products_may_be_a_second_old_and_nothing_of_a_user_is_shared() -> None:
    shared = {method.name: method.max_age_s for method in market_contract() if method.max_age_s}
    assert shared == {"GetProduct": 1, "ListProducts": 1}


def changed(change: Callable[[Any], None]) -> Contract:
    """Returns the market's contract with the catalog's file changed."""
    files = market_descriptors()
    (catalog,) = [file for file in files.file if file.name == CATALOG]
    change(catalog)
    return Contract.from_descriptor_set(files.SerializeToString(), descriptor_pool.DescriptorPool())


def get_product(catalog: Any) -> Any:
    (method,) = [one for one in catalog.service[0].method if one.name == "GetProduct"]
    return method


def field(catalog: Any, message: str, name: str) -> Any:
    (kind,) = [one for one in catalog.message_type if one.name == message]
    (found,) = [one for one in kind.field if one.name == name]
    return found


def signed_in(catalog: Any) -> None:
    get_product(catalog).options.Extensions[options_pb2.access].signed_in = True


def more_for_staff(catalog: Any) -> None:
    get_product(catalog).options.Extensions[options_pb2.access].staff_scope = "catalog.write"


def with_effects(catalog: Any) -> None:
    options = get_product(catalog).options
    options.idempotency_level = descriptor_pb2.MethodOptions.IDEMPOTENT
    options.ClearExtension(options_pb2.coalesced)


def a_stream(catalog: Any) -> None:
    get_product(catalog).server_streaming = True
    get_product(catalog).options.ClearExtension(options_pb2.coalesced)


def posted(catalog: Any) -> None:
    get_product(catalog).options.Extensions[annotations_pb2.http].additional_bindings.add(
        post="/api/products:find", body="*"
    )


def a_secret_inside(catalog: Any) -> None:
    field(catalog, "Product", "description").options.Extensions[options_pb2.sensitive] = True


def a_header(catalog: Any) -> None:
    field(catalog, "GetProductRequest", "sku").options.Extensions[options_pb2.header] = "X-Sku"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (signed_in, "not open to anyone alike"),
        (more_for_staff, "not open to anyone alike"),
        (with_effects, "no unary read"),
        (a_stream, "no unary read"),
        (posted, "not bound to GET alone"),
        (a_secret_inside, "Product.description is sensitive"),
        (a_header, "GetProductRequest.sku is taken from a header"),
    ],
)
def test_what_depends_on_the_caller_or_is_secret_refuses_the_contract(
    change: Callable[[Any], None], why: str
) -> None:
    with pytest.raises(ContractError, match=why):
        changed(change)
