"""A local run of several processes a service: what it says of itself is so, whatever befalls it."""

import os
import pty
import re
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dev.config import DATABASES, ROOT
from dev.status import State, states
from dev.supervisor.control import Control
from dev.tests.supervised import children
from dev.up.preflight import is_in_use
from tests.support.left_out import need
from tests.support.local_mesh import READY_WITHIN_S, LocalMesh
from tests.support.mesh_under_test import Market, Person, unless_503
from tests.support.waiting import eventually

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
    eventually(lambda: all(one.ready for one in states(Control(local.var))), RESTARTED_WITHIN_S)


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


def test_a_closed_terminal_ends_all_that_ran_on_it(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    ready = tmp_path / "ready"
    command = [sys.executable, "-m", "dev", "up", "--ports-free", "--var", str(tmp_path)]
    with subprocess.Popen(
        [*command, "--ready-json", str(ready)],
        cwd=ROOT, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
    ) as up:  # fmt: skip
        os.close(theirs)
        eventually(ready.exists, READY_WITHIN_S)
        os.close(ours)
        up.send_signal(signal.SIGHUP)  # as the kernel does to whom the terminal controls
        assert up.wait(RESTARTED_WITHIN_S) == 0
    assert not is_in_use(tmp_path)  # by anything that it started


def test_every_process_of_each_serves_once_it_is_said(several: Market, local: LocalMesh) -> None:
    found = {one.name: one for one in states(Control(local.var))}
    assert {name: one.parts for name, one in found.items()} == {
        **dict.fromkeys(DATABASES, 1),
        **{f"{name}-worker": 3 for name in DATABASES},  # steps, relay and pages for staff
        "edge": 2,
        "user": 2,
        "mailbox": 1,
    }
    assert [one.name for one in found.values() if not one.ready] == []


def test_a_worker_that_does_not_serve_is_missed(several: Market, local: LocalMesh) -> None:
    edge = state(local, "edge").pid or 0
    worker, _ = children(edge)
    os.kill(edge, signal.SIGSTOP)  # or it would replace the worker at once
    try:
        kill(worker)
        status, doctor = run(local, "status"), run(local, "doctor")
    finally:
        os.kill(edge, signal.SIGCONT)
    assert re.search(rf"^edge +1 of 2 parts serve .* pid {edge} ", status.stdout, re.MULTILINE)
    said = f"failed: local_run, mesh: edge: 1 of 2 parts serve\n    → tail {local.var}/edge.log"
    assert said in doctor.stdout
    assert doctor.stdout.splitlines()[-1].endswith(" checks: 1 failed, 0 with a warning")
    assert doctor.returncode == 1
    wait_until_ready(local)


def test_one_that_was_stopped_by_hand_is_no_fault_of_any(several: Market, local: LocalMesh) -> None:
    stopped = run(local, "stop", "payment")
    status, doctor = run(local, "status"), run(local, "doctor")
    started = run(local, "start", "payment")
    assert stopped.stdout.endswith("to start it again: make start NAME=payment\n")
    assert "stopped by hand: make start NAME=payment" in status.stdout
    assert "payment is stopped by hand\n    → make start NAME=payment" in doctor.stdout
    assert doctor.stdout.splitlines()[-1].endswith(" checks: 0 failed, 1 with a warning")
    assert doctor.returncode == 0
    assert re.fullmatch(r"payment runs as pid \d+\n", started.stdout)
    wait_until_ready(local)


def test_a_name_that_is_none_is_answered_with_those_that_are(
    several: Market, local: LocalMesh
) -> None:
    for name, said in (("", "which process?"), ("pay", "no process is called 'pay'")):
        refused = run(local, "stop", name)
        assert (refused.returncode, refused.stdout) == (1, "")
        assert refused.stderr.startswith(f"marketmesh: {said}; NAME is one of edge, user, order,")
        assert refused.stderr.count("\n") == 1


def test_engines_are_told_of_with_their_addresses(several: Market, local: LocalMesh) -> None:
    ports = Control(local.var).environment()
    eventually(lambda: Control(local.var).pid("PostgreSQL"), RESTARTED_WITHIN_S)
    said = run(local, "status").stdout
    for engine, port in (("PostgreSQL", "PG_PORT"), ("Redis", "REDIS_PORT")):
        assert re.search(
            rf"^{engine} +ready +127.0.0.1:{ports[port]} +pid \d+ +up ", said, re.MULTILINE
        )


def test_the_demo_tells_its_story_and_how_to_follow_it(several: Market, local: LocalMesh) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "dev.demo"],
        cwd=ROOT, env=os.environ | {"MARKET_VAR": str(local.var)},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    for state in ("CONFIRMED", "CANCELLED", "REFUNDED"):
        assert f'"state": "ORDER_STATE_{state}"' in told.stdout
    (request_id,) = re.findall("make logs REQUEST=([0-9a-f-]+)", told.stdout)

    shown = run(local, "logs", "--request", request_id).stdout
    for cause, event in (
        ("edge", "POST OrderService/CreateOrder → 201"),
        ("order", "  OrderService/CreateOrder OK"),
        ("order-worker", "    charge_order done"),
        ("payment", "      PaymentService/CapturePayment OK"),
        ("order-worker", "        mail_sent"),
    ):
        assert re.search(rf"^{cause} +\| +\+\d+ ms  {event}", shown, re.MULTILINE), shown


def test_engines_that_are_killed_are_started_again(several: Market, local: LocalMesh) -> None:
    kill(int((local.var / "postgres" / "data" / "postmaster.pid").read_text().split()[0]))
    kill(redis_of(local))
    eventually(lambda: several.get("/readyz").json().get("status") == "ready", RESTARTED_WITHIN_S)
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


def test_the_lines_of_the_readme_pasted_in_one_go_do_as_they_say(several: Market) -> None:
    need("curl")
    readme = (ROOT / "README.md").read_text()
    lines = readme.partition("or by hand")[2].partition("```sh\n")[2].partition("```")[0]
    pasted = lines.replace("localhost:8000", several.at.edge.removeprefix("http://"))
    assert pasted != lines
    shown = subprocess.run(["sh"], input=pasted, capture_output=True, text=True, check=False)
    assert shown.stdout.count("HTTP/1.1 201 Created") == 2, shown
    pending, confirmed = (shown.stdout.find(f"ORDER_STATE_{s}") for s in ("PENDING", "CONFIRMED"))
    assert 0 < pending < confirmed, shown
    assert shown.stderr == ""


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
