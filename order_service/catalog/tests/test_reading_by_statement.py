"""What the service's own statements read is what the ORM would, by one statement each."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from market.catalog.v1 import catalog_pb2
from order_service.catalog import queries
from order_service.catalog.convert import to_wire
from order_service.catalog.models import Product
from order_service.tests.plans import indexes_of

pytestmark = pytest.mark.django_db
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=9)
PRODUCTS = st.lists(
    st.builds(
        Product,
        sku=TEXT,
        title=TEXT,
        description=TEXT | st.just(""),
        price_minor=st.integers(1, 2**63 - 1),
        currency=st.sampled_from(["EUR", "JPY", "KWD"]),
        stock=st.integers(0, 2**31 - 1),
        supplied=st.just(2**31 - 1),
        version=st.integers(1, 2**31 - 1),
    ),
    unique_by=lambda one: one.sku,
    max_size=7,
)


def all_pages(size: int) -> list[catalog_pb2.Product]:
    messages, token = list[catalog_pb2.Product](), ""
    while True:
        found, token = queries.products_page(size=size, token=token)
        messages += map(to_wire, found)
        if not token:
            return messages


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(products=PRODUCTS)
def test_messages_are_those_of_the_models(products: list[Product]) -> None:
    with transaction.atomic():
        Product.objects.bulk_create(products)
        by_orm = {one.sku: to_wire(one) for one in Product.objects.order_by("sku")}
        found = queries.products(skus=[*by_orm, "is not there"])
        assert {sku: to_wire(row) for sku, row in found.items()} == by_orm
        assert all_pages(2) == list(by_orm.values())
        transaction.set_rollback(True)


def test_products_and_their_pages_are_one_statement_each_that_reads_the_index() -> None:
    with CaptureQueriesContext(connection) as captured:
        queries.products(skus=["A", "B"])
        queries.products_page(size=50, token="")
    assert len(captured) == 2
    # The other one is Django's, for patterns; in a bytewise order it serves as well.
    indexes = {"catalog_product_pkey", "catalog_product_sku_5c54c070_like"}
    assert indexes_of(lambda: queries.products(skus=["A", "B"])) & indexes
    assert indexes_of(lambda: queries.products_page(size=50, token="")) & indexes
