import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from dev.certs import Authority
from mesh.auth import tls
from mesh.runtime import probe

Status = health_pb2.HealthCheckResponse


@contextmanager
def server_that_says(
    status: int, credentials: grpc.ServerCredentials | None = None
) -> Iterator[str]:
    """The address of a server whose health service says so."""
    server = grpc.server(ThreadPoolExecutor(1))
    servicer = health.HealthServicer()
    servicer.set("", status)
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    port = (
        server.add_secure_port("127.0.0.1:0", credentials)
        if credentials
        else server.add_insecure_port("127.0.0.1:0")
    )
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(None).wait()


@contextmanager
def listener_that_answers(answer: bytes) -> Iterator[str]:
    """The address where one connection is taken and answered so, whatever it asks."""
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as beside:

        def take() -> None:
            with listener.accept()[0] as connection:
                connection.recv(1024)
                connection.sendall(answer)

        taken = beside.submit(take)
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        taken.result()


def test_a_server_that_serves_is_healthy() -> None:
    with server_that_says(Status.SERVING) as address:
        assert probe.complaint(f"grpc://{address}") is None


def test_a_server_that_drains_is_not() -> None:
    with server_that_says(Status.NOT_SERVING) as address:
        assert probe.complaint(f"grpc://{address}") == "NOT_SERVING"


def test_with_tls_it_calls_with_its_service_s_certificate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Authority(tmp_path).keep("toy")
    files = dict(zip(tls.FILES, ("toy.pem", "toy.key", "ca.pem"), strict=True))
    told = {name: str(tmp_path / file) for name, file in files.items()}
    for name, value in {**told, "MESH_TLS": "on", "SERVICE": "toy"}.items():
        monkeypatch.setenv(name, value)
    certificates = tls.from_env("toy")
    assert certificates
    with server_that_says(Status.SERVING, tls.server_credentials(certificates)) as address:
        assert probe.complaint(f"grpc://{address}") is None
        monkeypatch.delenv("MESH_TLS")
        assert probe.complaint(f"grpc://{address}") == "UNAVAILABLE"


def test_a_port_where_nobody_listens_is_not_healthy() -> None:
    assert probe.complaint("grpc://127.0.0.1:1") == "UNAVAILABLE"
    assert "refused" in str(probe.complaint("http://127.0.0.1:1/readyz"))
    assert "refused" in str(probe.complaint("tcp://127.0.0.1:1"))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\nready", None),
        (b"HTTP/1.0 503 Service Unavailable\r\n\r\n", "HTTP/1.0 503 Service Unavailable"),
        (b"SSH-2.0", "SSH-2.0"),
        (b"", "no answer"),
    ],
)
def test_a_page_is_healthy_when_it_is_answered_by_200(answer: bytes, said: str | None) -> None:
    with listener_that_answers(answer) as address:
        assert probe.complaint(f"http://{address}/readyz") == said


def test_a_port_where_somebody_listens_is_healthy() -> None:
    with listener_that_answers(b"") as address:
        assert probe.complaint(f"tcp://{address}") is None


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


def test_it_loads_little_as_it_runs_often_in_every_container() -> None:
    loaded = (
        "import sys, mesh.runtime.probe; sys.exit(bool({'django', 'grpc', 'ssl'} & {*sys.modules}))"
    )
    assert subprocess.run([sys.executable, "-c", loaded], check=False).returncode == 0
