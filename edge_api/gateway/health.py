"""`/livez`: the process answers. `/readyz`: it can serve, and stays, and who else can.

One service that is away must not take the edge out of a load balancer, as the others'
requests are still served: the answer is 200 then, and its `status` `degraded`.
"""

import asyncio
import time
from typing import Any

import grpc.aio
import orjson
from django.http import HttpRequest, HttpResponse
from grpc_health.v1 import health_pb2

from edge_api.gateway.edge import Edge
from edge_api.problems.problem import Problem, answer
from edge_api.transcoding.response import JSON
from mesh.context import serving_now
from mesh.core.errors import DomainError

# Who asks these wants to know how it is under load, and would take a refusal for an end.
PROBES = frozenset({"/livez", "/readyz"})
PROBE_S = 0.8
CHECK = "/grpc.health.v1.Health/Check"
NOT_READY = "NOT_READY"
READY, DEGRADED = "ready", "degraded"


async def livez(request: HttpRequest) -> HttpResponse:
    return _json({"status": "live"})


class Readiness:
    """200 while tokens can be verified, whichever services answer; within 1 s.

    503 before that, and once we were told to end.
    """

    def __init__(self, edge: Edge) -> None:
        self._edge = edge
        self._services = sorted({method.served_by for method in edge.contract})

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        if self._edge.shutdown.draining:
            return _not_ready("this process is about to end")
        serving_now().deadline = time.monotonic() + PROBE_S
        states = await asyncio.gather(self._keys(), *map(self._service, self._services))
        checks = dict(zip(("keys", *self._services), states, strict=True))
        if checks["keys"] == READY:
            whole = all(state == READY for state in states)
            return _json({"status": READY if whole else DEGRADED, "checks": checks})
        waiting = ", ".join(f"{name}: {state}" for name, state in checks.items() if state != READY)
        return _not_ready(f"not ready ({waiting})")

    async def _keys(self) -> str:
        try:
            if not self._edge.keys.loaded:
                await self._edge.keys.refresh()
        except DomainError as error:
            return error.detail
        return READY

    async def _service(self, service: str) -> str:
        """What its health service says; one that has none is taken at its answering."""
        check = self._edge.channels.to(service).unary_unary(
            CHECK,
            request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
            response_deserializer=health_pb2.HealthCheckResponse.FromString,
        )
        try:
            answered: Any = await check(health_pb2.HealthCheckRequest(), timeout=PROBE_S)
        except grpc.aio.AioRpcError as error:
            answers = error.code() == grpc.StatusCode.UNIMPLEMENTED
            return READY if answers else error.code().name.lower()
        if answered.status == health_pb2.HealthCheckResponse.SERVING:
            return READY
        return str(health_pb2.HealthCheckResponse.ServingStatus.Name(answered.status)).lower()


def _not_ready(why: str) -> HttpResponse:
    problem = Problem(503, NOT_READY, why, headers={"Retry-After": "1"})
    return answer(problem, instance="/readyz")


def _json(content: dict[str, Any]) -> HttpResponse:
    return HttpResponse(
        orjson.dumps(content), content_type=JSON, headers={"Cache-Control": "no-store"}
    )
