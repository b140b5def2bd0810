import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import grpc
import pytest
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from mesh import probe

Status = health_pb2.HealthCheckResponse


@contextmanager
def server_that_says(status: int) -> Iterator[str]:
    """The address of a server whose health service says so."""
    server = grpc.server(ThreadPoolExecutor(1))
    servicer = health.HealthServicer()
    servicer.set("", status)
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(None).wait()


def test_a_server_that_serves_is_healthy() -> None:
    with server_that_says(Status.SERVING) as address:
        assert probe.complaint(f"grpc://{address}") is None


def test_a_server_that_drains_is_not() -> None:
    with server_that_says(Status.NOT_SERVING) as address:
        assert probe.complaint(f"grpc://{address}") == "NOT_SERVING"


def test_a_port_where_nobody_listens_is_not_healthy() -> None:
    assert probe.complaint("grpc://127.0.0.1:1") == "UNAVAILABLE"
    assert "refused" in str(probe.complaint("http://127.0.0.1:1/readyz"))


def test_a_process_that_listens_nowhere_is_healthy_while_it_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("HEALTH_TARGET", raising=False)
    assert probe.main() == 0


def test_a_target_of_another_kind_is_a_wrong_setting(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HEALTH_TARGET", "file:///etc/passwd")
    assert probe.main() == 1
    assert "HEALTH_TARGET" in capsys.readouterr().err


def test_it_loads_no_django() -> None:
    loaded = "import sys, mesh.probe; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", loaded], check=False).returncode == 0
