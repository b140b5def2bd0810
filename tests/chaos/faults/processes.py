"""Processes that are killed or restarted, and replicas that fail."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

import grpc
import httpx
from grpc_health.v1 import health_pb2, health_pb2_grpc

from dev.config import DATABASES
from dev.ports import HOST
from tests.chaos.environment import BACK_WITHIN_S, Environment
from tests.chaos.failing_replica import failing_replica
from tests.chaos.fault import Fault, Run
from tests.support.waiting import eventually

# By then a caller has found a replica, or its loss: callers reconnect every half second.
NOTICED_S = 3.0


def kill_twice(run: Run, *, name: str) -> None:
    """Kills a process twice, the second time at a moment of the seed's choice."""
    for _ in range(2):
        run.environment.kill(name)
        time.sleep(run.random.uniform(0.2, 1.5))


def kill_workers(run: Run) -> None:
    """Kills all services' workers; what they had begun waits for its lease to end."""
    for name in DATABASES:
        run.environment.kill(f"{name}-worker")


def kill_relay(run: Run) -> None:
    """Kills one of two relays while it holds what it was about to queue."""
    for _ in range(3):
        with run.environment.running("order_service", "relay") as relay:
            time.sleep(run.random.uniform(2.0, 3.0))  # its start takes one
            relay.kill()


def rolling_restart(run: Run) -> None:
    """Restarts as an orchestrator does: a new replica serves before an old one has to end."""
    environment = run.environment
    for name in DATABASES:
        with replica(environment, name, environment.replicas[name][0]):
            time.sleep(NOTICED_S)
            terminate(environment, name)
            wait_until_serving(environment.ports[f"{name.upper()}_PORT"])
            time.sleep(NOTICED_S)
        terminate(environment, f"{name}-worker")
    restart_edge(environment)


def restart_edge(environment: Environment) -> None:
    second = environment.second_edge
    with environment.running("edge_api", "serve", EDGE_BIND=f"{HOST}:{second}"):
        eventually(lambda: live(second), BACK_WITHIN_S)
        environment.edge.upstreams = [second]
        terminate(environment, "edge")
        eventually(lambda: live(environment.ports["EDGE_PORT"]), BACK_WITHIN_S)
        environment.edge.upstreams = [environment.ports["EDGE_PORT"]]
        time.sleep(NOTICED_S)


def live(port: int) -> bool:
    try:
        return httpx.get(f"http://{HOST}:{port}/livez", timeout=1).status_code == 200
    except httpx.TransportError:
        return False


def terminate(environment: Environment, name: str) -> None:
    """Sends SIGTERM; returns when the process has been started again."""
    pid = environment.pid(name)
    os.kill(pid, signal.SIGTERM)
    eventually(lambda: environment.control.pid(name) not in (None, pid), BACK_WITHIN_S)


@contextmanager
def replica(environment: Environment, name: str, port: int) -> Iterator[None]:
    """Runs one more process of a service, at an address that its callers know already."""
    address = f"{HOST}:{port}"
    with environment.running(f"{name}_service", "serve", "--bind", address):
        wait_until_serving(port)
        yield


def wait_until_serving(port: int) -> None:
    eventually(lambda: serving(f"{HOST}:{port}"), BACK_WITHIN_S)


def serving(address: str) -> bool:
    with grpc.insecure_channel(address) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        try:
            answer = stub.Check(health_pb2.HealthCheckRequest(), timeout=1)
        except grpc.RpcError:
            return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


def one_of_three_fails(run: Run) -> None:
    """Runs three replicas of the order and the payment service, one of which fails every call."""
    with ExitStack() as running:
        for name in ("order", "payment"):
            well, failing = run.environment.replicas[name]
            running.enter_context(replica(run.environment, name, well))
            running.enter_context(failing_replica(failing))
        time.sleep(run.seconds)


def _kills(name: str) -> Fault:
    inject: Callable[[Run], None] = partial(kill_twice, name=name)
    return Fault(f"kill -9 {name}", inject)


FAULTS = (
    _kills("edge"),
    _kills("user"),
    _kills("order"),
    _kills("payment"),
    Fault("kill -9 workers", kill_workers, short=True),
    Fault("kill -9 relay", kill_relay),
)
REPLICAS = (
    Fault("one of three replicas fails", one_of_three_fails, seconds=12),
    Fault("SIGTERM rolling restart", rolling_restart, no_failure=True),
)
