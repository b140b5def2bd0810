import os
import resource
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dev.config import ROOT, Config
from dev.errors import CannotRun
from dev.ports import free_port
from dev.up.preflight import is_in_use, only_one


def up(
    var: Path, preexec: Callable[[], None] | None = None, **environment: str
) -> "subprocess.CompletedProcess[str]":
    """Runs `make up` where it is expected to end at once."""
    return subprocess.run(
        [sys.executable, "-m", "dev", "up", "--var", str(var)],
        cwd=ROOT,
        env=os.environ | {name: str(free_port()) for name in PORTS} | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        preexec_fn=preexec,
    )


PORTS = Config.read(Path("/nowhere"), any_ports=True).ports


def test_a_taken_port_is_named_with_what_moves_it(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = up(tmp_path, ORDER_PORT=str(port))

    assert ended.returncode == 1
    assert ended.stderr == (
        f"marketmesh: port {port} for the order service is taken; set ORDER_PORT to another,"
        " or move all: `make up PORT_OFFSET=100`\n"
    )


def test_the_ports_of_further_processes_are_looked_at_too(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = up(tmp_path, USER_PORT=str(port - 10), USER_SERVICE_PROCESSES="2")

    assert f"port {port} for the user service is taken; set USER_PORT" in ended.stderr


def test_the_metrics_of_further_workers_are_looked_at_too(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = up(tmp_path, EDGE_METRICS_PORT=str(port - 10), EDGE_WORKERS="2")

    assert f"port {port} for the edge's metrics is taken; set EDGE_METRICS" in ended.stderr


def test_a_port_that_is_none_is_refused(tmp_path: Path) -> None:
    ended = up(tmp_path, EDGE_PORT="eighty")

    assert ended.returncode == 1
    assert ended.stderr == "marketmesh: EDGE_PORT must be a port number, not 'eighty'\n"


def test_all_ports_are_moved_by_one_offset(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    default = Config.read(tmp_path).ports
    monkeypatch.setenv("PORT_OFFSET", "100")
    moved = Config.read(tmp_path).ports
    assert moved == {name: port + 100 for name, port in default.items()}

    monkeypatch.setenv("PORT_OFFSET", "60000")
    with pytest.raises(CannotRun, match="PORT_OFFSET must be a whole number up to 1745"):
        Config.read(tmp_path)


def test_a_disk_that_takes_nothing_is_said_in_one_line(tmp_path: Path) -> None:
    ended = up(tmp_path, preexec=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)))

    assert ended.returncode == 1
    assert ended.stderr == f"marketmesh: {tmp_path}: File too large\n"


def test_a_second_run_on_the_same_folder_names_the_first(tmp_path: Path) -> None:
    with only_one(tmp_path):
        ended = up(tmp_path)

    assert ended.returncode == 1
    assert ended.stderr == (
        f"marketmesh: {tmp_path} is in use by a mesh that runs as pid {os.getpid()}\n"
    )


def test_a_run_that_ended_is_not_in_use(tmp_path: Path) -> None:
    assert not is_in_use(tmp_path)
    with only_one(tmp_path):
        assert is_in_use(tmp_path)
    assert not is_in_use(tmp_path)


def test_a_folder_that_can_not_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with (
        pytest.raises(CannotRun, match=r"can't write to .*file/var: Not a directory"),
        only_one(tmp_path / "file" / "var"),
    ):
        pass


def test_a_file_where_a_folder_must_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "postgres").touch()

    ended = up(tmp_path)

    assert ended.returncode == 1
    assert ended.stderr == f"marketmesh: {tmp_path / 'postgres'}: File exists\n"


def test_an_engine_that_can_not_start_says_why(tmp_path: Path) -> None:
    log = tmp_path / "redis" / "appendonlydir"
    log.parent.mkdir()
    log.touch()

    ended = up(tmp_path)

    assert ended.returncode == 1
    (line,) = ended.stderr.splitlines()
    assert line.startswith("marketmesh: Redis does not start: ")
    assert line.endswith(f"({tmp_path / 'redis' / 'log'})")


def test_an_engine_that_the_environment_names_takes_no_port(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("USER_DATABASE_URL", "ORDER_DATABASE_URL", "PAYMENT_DATABASE_URL"):
        monkeypatch.setenv(name, "postgresql://elsewhere/market")

    taken = Config.read(tmp_path, any_ports=True).taken()
    assert "PG_PORT" not in taken
    assert "REDIS_PORT" in taken


KILLED = """
import os, signal, sys, time
from pathlib import Path
from dev.supervisor.launch import launch
from dev.up.preflight import only_one
var = Path(sys.argv[1])
with only_one(var), (var / "log").open("wb") as log:
    slow = "trap 'sleep 1; rm left; exit' TERM; touch left; while :; do sleep 0.1; done"
    launch(["sh", "-c", slow], ends_by=signal.SIGTERM, directory=var, output=log)
    while not (var / "left").exists():
        time.sleep(0.02)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_run_left_is_waited_for(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], cwd=ROOT, check=False)
    assert is_in_use(tmp_path)

    with only_one(tmp_path):
        assert not (tmp_path / "left").exists()
