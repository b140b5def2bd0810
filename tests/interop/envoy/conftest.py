"""Envoy as a transcoder before the mesh's own services, beside the edge."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from mesh.contract.model import DESCRIPTOR_SET, market_contract
from tests.interop.proxy import cluster, envoy, route
from tests.interop.transcoder import transcoder
from tests.support.mesh_under_test import Market, Person

DESCRIPTORS = DESCRIPTOR_SET.with_name("transcoder.binpb")


@pytest.fixture(scope="session")
def stock(market: Market, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Yields a client of Envoy, which calls the services by its stock transcoder."""
    served_by = {method.service_name: method.served_by for method in market_contract()}
    routes = [route(f"/{name}/", owner) for name, owner in served_by.items()]
    clusters = []
    for owner in sorted(set(served_by.values())):
        host, _, port = market.at.grpc[owner].rpartition(":")
        clusters.append(cluster(owner, host, int(port), grpc=True))
    filters = [transcoder(DESCRIPTORS, served_by)]
    with envoy(tmp_path_factory.mktemp("envoy"), filters, routes, clusters) as client:
        yield client


@pytest.fixture(scope="session")
def ada(market: Market) -> Person:
    return market.register("ada")


@pytest.fixture(scope="session")
def staff(market: Market) -> Person:
    return market.staff()


@pytest.fixture(scope="session")
def paid(market: Market, ada: Person) -> dict[str, Any]:
    """An order of ada's that is paid."""
    placed = market.place_order(ada, "MUG-BLUE").json()
    return market.order_at_rest(ada, placed["id"])
