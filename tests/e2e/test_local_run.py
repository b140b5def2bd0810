"""A local run of several processes a service: what it says of itself is so, whatever befalls it."""

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dev.config import ROOT
from dev.status import State, states
from dev.supervisor.control import Control
from dev.tests.supervised import children
from tests.support.local_mesh import LocalMesh
from tests.support.mesh_under_test import Market, Person, eventually, unless_503

SEVERAL = {"EDGE_WORKERS": "2", "USER_SERVICE_PROCESSES": "2"}
RESTARTED_WITHIN_S = 120
MUG = "MUG-BLUE"


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalMesh]:
    started = LocalMesh(tmp_path_factory.mktemp("several"), SEVERAL)
    try:
        yield started
    finally:
        started.stop()


@pytest.fixture(scope="module")
def several(local: LocalMesh) -> Iterator[Market]:
    with Market(local.start()) as opened:
        yield opened


def state(local: LocalMesh, name: str) -> State:
    return next(one for one in states(Control(local.var)) if one.name == name)


def wait_until_ready(local: LocalMesh) -> None:
    eventually(
        lambda: all(one.ready for one in states(Control(local.var))) or None, RESTARTED_WITHIN_S
    )


def kill(pid: int | None) -> None:
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


def assert_an_order_is_confirmed(market: Market) -> None:
    ada = market.register(through_outage=True)
    placed = eventually(lambda: unless_503(market.place_order(ada, MUG)), RESTARTED_WITHIN_S)
    assert placed.status_code == 201, placed.text
    order = market.order_at_rest(
        ada, placed.json()["id"], within_s=RESTARTED_WITHIN_S, through_outage=True
    )
    assert order["state"] == "ORDER_STATE_CONFIRMED"


def run(local: LocalMesh, *command: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    verb, *arguments = command
    return subprocess.run(
        [sys.executable, "-m", "dev", verb, "--var", str(local.var), *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_every_process_of_each_serves_once_it_is_said(several: Market, local: LocalMesh) -> None:
    found = {one.name: one for one in states(Control(local.var))}
    assert {name: one.parts for name, one in found.items()} == {
        "edge": 2,
        "user": 2,
        "order": 1,
        "payment": 1,
        "user-worker": 3,  # steps, relay and pages for staff
        "order-worker": 3,
        "payment-worker": 3,
        "mailbox": 1,
    }
    assert [one.name for one in found.values() if not one.ready] == []


def test_a_worker_that_does_not_serve_is_missed(several: Market, local: LocalMesh) -> None:
    edge = state(local, "edge").pid or 0
    worker, _ = [pid for pid in children(edge) if b"spawn_main" in command_of(pid)]
    os.kill(edge, signal.SIGSTOP)  # or it would replace the worker at once
    try:
        kill(worker)
        status, doctor = run(local, "status"), run(local, "doctor")
    finally:
        os.kill(edge, signal.SIGCONT)
    assert f"edge             pid {edge}, 1 of 2 parts serve" in status.stdout
    assert "failed   mesh          edge: " in doctor.stdout
    assert doctor.returncode == 1
    wait_until_ready(local)


def test_one_that_was_stopped_by_hand_is_no_fault(several: Market, local: LocalMesh) -> None:
    local.hold("mailbox")
    said = run(local, "doctor").stdout
    local.release("mailbox")
    assert "warning  mesh          mailbox: not running (stopped by hand); run `make" in said
    wait_until_ready(local)


def test_engines_that_are_killed_are_started_again(several: Market, local: LocalMesh) -> None:
    kill(int((local.var / "postgres" / "data" / "postmaster.pid").read_text().split()[0]))
    kill(redis_of(local))
    eventually(
        lambda: several.get("/readyz").json().get("status") == "ready" or None, RESTARTED_WITHIN_S
    )
    assert_an_order_is_confirmed(several)


def test_on_a_full_disk_a_worker_that_dies_is_replaced_and_orders_go_through(
    several: Market, local: LocalMesh
) -> None:
    supervisor = supervisor_of(local)
    before = resource.prlimit(supervisor, resource.RLIMIT_FSIZE)
    resource.prlimit(supervisor, resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        for name in ("order-worker", "payment"):
            kill(state(local, name).pid)
        assert_an_order_is_confirmed(several)
    finally:
        resource.prlimit(supervisor, resource.RLIMIT_FSIZE, before)
    wait_until_ready(local)


def test_a_command_is_told_what_its_caller_sets(several: Market, local: LocalMesh) -> None:
    grace = Person("grace", "grace@example.org", "a password of the caller's own")
    made = run(
        local, "run", "user_service", "createstaff", "grace", grace.email,
        STAFF_PASSWORD=grace.password, USER_DATABASE_URL="postgresql://elsewhere/",
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    assert several.sign_in(grace).token


def supervisor_of(local: LocalMesh) -> int:
    return int((local.var / "up.lock").read_text())


def redis_of(local: LocalMesh) -> int:
    (found,) = [pid for pid in children(supervisor_of(local)) if b"redis-server" in command_of(pid)]
    return found


def command_of(pid: int) -> bytes:
    """Returns the command line; empty for a process that has ended by now."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
