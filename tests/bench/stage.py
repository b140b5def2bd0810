"""All that is measured, running side by side on one PostgreSQL: the mesh and its peers."""

import json
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from dev.config import DATABASES
from dev.engines.engine import Engine
from dev.engines.postgres import Postgres
from dev.engines.redis import Redis
from tests.bench import rows
from tests.bench.peers.environment import python
from tests.bench.peers.launch import Peers
from tests.bench.processes import Tier
from tests.bench.system import PROCESSES, System
from tests.bench.workloads import Tokens
from tests.support.local_mesh import LocalMesh

MESH = "mesh"
PEERS = ("monolith_gthread", "monolith_granian", "tutorial", "rest_pooled", "envoy")
GRPC_PEERS = ("grpc_orm", "grpc_socio", "grpc_echo")
# Not on a request's way, as a monolith's workers are not, which do not run either.
HELD = (*(f"{name}-worker" for name in DATABASES), "mailbox")


@dataclass(frozen=True)
class Stage:
    """What runs; the first of each is the mesh."""

    http: list[System]
    grpc: list[System]


@contextmanager
def stage(
    folder: Path, tokens: Tokens, peers: Collection[str], grpc_peers: Collection[str]
) -> Iterator[Stage]:
    """Starts the mesh and these peers, and fills their databases with the same rows."""
    interpreter, key = python(), folder / "key.json"
    key.write_text(json.dumps(tokens.keys.jwks()["keys"][0]))
    with ExitStack() as stack:
        postgres = stack.enter_context(Postgres(folder / "postgres", port=0))
        redis = stack.enter_context(Redis(folder / "redis", port=0))
        sql = Tier("postgresql", (_pid(postgres.engine),))
        mesh, targets = _mesh(folder / MESH, stack, tokens, postgres, redis)
        start = Peers(folder, stack, interpreter, key, postgres)
        http = [mesh, *(start.start(name, mesh, targets) for name in peers)]
        grpc_own = [start.start_grpc(name) for name in grpc_peers]
        start.wait()
        user = next(tier for tier in mesh.tiers if tier.name == "user")
        grpc = [replace(mesh, tiers=(user,)), *grpc_own]
        yield Stage(
            [replace(system, tiers=(*system.tiers, sql)) for system in http],
            [replace(system, tiers=(*system.tiers, sql)) for system in grpc],
        )


def _mesh(
    var: Path, stack: ExitStack, tokens: Tokens, postgres: Postgres, redis: Redis
) -> tuple[System, dict[str, tuple[str, ...]]]:
    """Starts the mesh as `make up` does; returns it, and where its services' processes listen."""
    databases = {name: postgres.create(f"market_{name}") for name in DATABASES}
    processes = ("EDGE_WORKERS", "USER_SERVICE_PROCESSES", "ORDER_SERVICE_PROCESSES")
    local = LocalMesh(
        var,
        {
            **{f"{name.upper()}_DATABASE_URL": url for name, url in databases.items()},
            **dict.fromkeys(processes, str(PROCESSES)),
            "REDIS_URL": redis.url,
        },
    )
    var.mkdir()
    stack.callback(local.stop)
    at = local.start()
    for name in HELD:
        local.hold(name)
    rows.fill(databases, tokens.keys.jwks()["keys"][0])
    tiers = [
        Tier(name, (int((var / "run" / f"{name}.pid").read_text()),))
        for name in ("edge", "user", "order")
    ]
    # The process that starts the others and shows what they write.
    console = Tier("console", (int((var / "up.lock").read_text()),), alone=True)
    told = json.loads(local.ready.read_text())["environment"]
    targets = {
        f"{name}_service": tuple(told[f"{name.upper()}_SERVICE_TARGET"].split(","))
        for name in ("user", "order")
    }
    tiers += [console, Tier("redis", (_pid(redis.engine),))]
    return System(MESH, tuple(tiers), http=at.edge, grpc=targets["user_service"]), targets


def _pid(engine: Engine) -> int:
    assert engine.pid is not None, f"{engine.name} ended"
    return engine.pid
