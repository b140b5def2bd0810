"""`/livez`, whether the process runs, and `/readyz`, whether it can serve.

One service that is unavailable must not take the edge out of a load balancer, as requests
to the others are still served: the response is 200 then, and its `status` `degraded`.
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

# Never refused under load: an orchestrator would take the refusal for a dead process.
PROBES = frozenset({"/livez", "/readyz"})
PROBE_S = 0.8
CHECK = "/grpc.health.v1.Health/Check"
NOT_READY = "NOT_READY"
READY, DEGRADED = "ready", "degraded"


async def livez(request: HttpRequest) -> HttpResponse:
    return _json({"status": "live"})


class Readiness:
    """Responds 200 while tokens can be verified, whichever services respond; within 1 s.

    The status is 503 before that, and while the process is draining.
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
                await self._edge.refresh_keys()
        except DomainError as error:
            return error.detail
        return READY

    async def _service(self, service: str) -> str:
        """Returns the status of a service's health service; without one, responding is enough."""
        check = self._edge.channels.to(service).unary_unary(
            CHECK,
            request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
            response_deserializer=health_pb2.HealthCheckResponse.FromString,
        )
        try:
            answered: Any = await check(health_pb2.HealthCheckRequest(), timeout=PROBE_S)
        except grpc.aio.AioRpcError as error:
            responds = error.code() == grpc.StatusCode.UNIMPLEMENTED
            return READY if responds else error.code().name.lower()
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
