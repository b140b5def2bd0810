"""Reads of products from a real standby, as callers see them over a real connection."""

import signal
import threading
from collections.abc import Iterator
from dataclasses import replace

import grpc
import pytest
from prometheus_client import REGISTRY

from market.batch.v1 import batch_pb2
from market.batch.v1.batch_pb2_grpc import BatchServiceStub
from market.catalog.v1 import catalog_pb2
from market.catalog.v1.catalog_pb2_grpc import CatalogServiceStub
from market.order.v1 import order_pb2
from market.order.v1.order_pb2_grpc import OrderServiceStub
from mesh.rpc.metadata import AGE_MS, MAX_AGE_MS, Metadata
from mesh.testing.servers import TestKeys, as_service, serving
from order_service.catalog.models import Product
from order_service.conftest import MakeProduct
from order_service.wiring import SERVICE
from tests.support.engines import postgres
from tests.support.standby import Standby, as_replica, paused
from tests.support.waiting import eventually

A_MINUTE: Metadata = ((MAX_AGE_MS, "60000"),)
MOST_AGE_MS = 1000  # by the contract
LIST, GET = (f"market.catalog.v1.CatalogService/{name}" for name in ("ListProducts", "GetProduct"))


@pytest.fixture(scope="module")
def standby(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standby]:
    with Standby(tmp_path_factory.mktemp("standby") / "postgres", of=postgres()) as started:
        yield started


@pytest.fixture
def channel(
    transactional_db: None, standby: Standby, keys: TestKeys, product: MakeProduct
) -> Iterator[grpc.Channel]:
    """A channel to a server that has a replica with one product, and reads from it."""
    product("MUG", stock=1)
    with as_replica(standby), serving(replace(SERVICE, jwks=keys.jwks)) as (_, bare):
        catalog = CatalogServiceStub(bare)
        eventually(lambda: listed(catalog)[1] is not None, 60)
        yield bare


def listed(
    catalog: CatalogServiceStub, metadata: Metadata = A_MINUTE
) -> tuple[dict[str, int], int | None]:
    """Returns the stock of each product, and how old that is said to be, in milliseconds."""
    request = catalog_pb2.ListProductsRequest()
    response, call = catalog.ListProducts.with_call(request, metadata=metadata, timeout=30)
    age = dict(call.trailing_metadata()).get(AGE_MS)
    return {one.sku: one.stock for one in response.products}, int(age) if age else None


def reads(result: str, rpc: str = LIST) -> float:
    labels = {"rpc_method": rpc, "result": result}
    return REGISTRY.get_sample_value("rpc_server_replica_reads_total", labels) or 0


def test_who_takes_an_older_response_is_told_how_old_it_may_be(catalog: CatalogServiceStub) -> None:
    before = reads("replica")
    stock, age_ms = listed(catalog)
    assert stock == {"MUG": 1}
    if age_ms is not None:  # else the machine paused for longer than that
        assert 0 < age_ms <= MOST_AGE_MS
        assert reads("replica") == before + 1


def test_who_does_not_say_so_is_answered_by_the_primary(
    catalog: CatalogServiceStub, standby: Standby
) -> None:
    with paused(standby):
        Product.objects.update(stock=0)
        assert listed(catalog, metadata=()) == ({"MUG": 0}, None)


def test_nobody_gets_what_is_older_than_the_contract_allows(
    catalog: CatalogServiceStub, standby: Standby
) -> None:
    with paused(standby):
        Product.objects.update(stock=0)
        before = reads("behind")
        eventually(lambda: (listed(catalog), reads("behind") > before)[1], 60)
        assert listed(catalog) == ({"MUG": 0}, None)
    eventually(lambda: listed(catalog)[1] is not None, 60)
    assert listed(catalog)[0] == {"MUG": 0}


def test_what_is_not_there_yet_is_looked_for_on_the_primary(
    catalog: CatalogServiceStub, standby: Standby, product: MakeProduct
) -> None:
    request = catalog_pb2.GetProductRequest(sku="PEN")
    with paused(standby):
        product("PEN")
        response, call = catalog.GetProduct.with_call(request, metadata=A_MINUTE, timeout=30)
    assert response.product.sku == "PEN"
    assert AGE_MS not in dict(call.trailing_metadata())


def test_one_that_is_killed_under_reads_fails_none_of_them(
    catalog: CatalogServiceStub, standby: Standby
) -> None:
    stop, found = threading.Event(), []

    def read() -> None:
        while not stop.is_set():
            found.append(listed(catalog)[0])

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    before = reads("away")
    standby.engine.stop(by=signal.SIGQUIT)
    try:
        eventually(lambda: reads("away") > before, 60)
    finally:
        standby.start()
        eventually(lambda: listed(catalog)[1] is not None, 60)
        stop.set()
        for reader in readers:
            reader.join()
    assert all(one == {"MUG": 1} for one in found)


def test_a_batch_is_read_there_when_all_of_its_calls_may_be(channel: grpc.Channel) -> None:
    def ages(*max_age_ms: int) -> list[int]:
        request = catalog_pb2.GetProductRequest(sku="MUG").SerializeToString()
        batch = batch_pb2.CallRequest(
            method=f"/{GET}",
            calls=[
                batch_pb2.Call(request=request, timeout_ms=30_000, max_age_ms=each)
                for each in max_age_ms
            ],
        )
        edge = as_service("edge_api")
        answer = BatchServiceStub(channel).Call(batch, metadata=edge, timeout=30)
        assert all(result.response for result in answer.results)
        return [result.age_ms for result in answer.results]

    eventually(lambda: all(ages(500, 60_000)), 60)
    assert max(ages(500, 60_000)) <= 500
    assert ages(60_000, 0) == [0, 0]


def test_what_the_contract_does_not_mark_is_never_read_there(
    channel: grpc.Channel, me: Metadata
) -> None:
    request = order_pb2.ListOrdersRequest()
    orders = OrderServiceStub(channel)
    _, call = orders.ListOrders.with_call(request, metadata=(*me, *A_MINUTE), timeout=30)
    assert AGE_MS not in dict(call.trailing_metadata())
