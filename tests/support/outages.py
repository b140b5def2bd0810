"""Outages of a service of the mesh under test, and what its callers must return meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager

import grpc
import httpx
from grpc_health.v1 import health_pb2, health_pb2_grpc

from tests.support.local_mesh import LocalMesh
from tests.support.mesh_under_test import Market
from tests.support.waiting import eventually

BACK_WITHIN_S = 60


@contextmanager
def stopped(mesh: LocalMesh, market: Market, name: str) -> Iterator[None]:
    """Keeps a service's server down within the context; afterwards it serves again."""
    mesh.hold(name)
    try:
        yield
    finally:
        mesh.release(name)
        eventually(lambda: serving(market, f"{name}_service"), BACK_WITHIN_S)
        eventually(lambda: readiness(market) == "ready", BACK_WITHIN_S)


def readiness(market: Market) -> str:
    """The edge is always ready for what it can serve; whether that is all it says in words."""
    answer = market.get("/readyz")
    assert answer.status_code == 200, answer.text
    return str(answer.json()["status"])


def serving(market: Market, service: str) -> bool:
    with market.channel(service) as channel:
        try:
            answer = health_pb2_grpc.HealthStub(channel).Check(
                health_pb2.HealthCheckRequest(), timeout=1
            )
        except grpc.RpcError:
            return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


def assert_unavailable(answer: httpx.Response, who: str) -> None:
    assert answer.status_code == 503, answer.text
    assert int(answer.headers["Retry-After"]) >= 1
    assert answer.json()["detail"] == f"{who} unavailable"
    assert answer.elapsed.total_seconds() < 5.25
