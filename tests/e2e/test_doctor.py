"""Wrong set-ups made on purpose on a running mesh: what the doctor says, and the start too."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from dev.config import MEMBERS, ROOT
from dev.ports import HOST, free_port
from dev.supervisor.control import Control
from tests.support.local_mesh import LocalMesh
from tests.support.mesh_under_test import Market

NOWHERE = "127.0.0.1:1"


@pytest.fixture
def told(market: Market, mesh: LocalMesh) -> dict[str, str]:
    """Returns the environment of the running mesh's processes."""
    return Control(mesh.var).environment()


def run(told: Mapping[str, str], *command: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env=told,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def complaints(told: Mapping[str, str], service: str) -> dict[str, str]:
    """Returns what the doctor finds wrong, by check; the exit code must agree."""
    ended = run(told, service, "doctor", "--json")
    assert ended.stdout, ended.stderr
    entries = json.loads(ended.stdout)["checks"]
    wrong = {e["check"]: f"{e['says']}; {e['remedy']}" for e in entries if e["level"] == "failed"}
    assert ended.returncode == int(bool(wrong))
    return wrong


def test_a_mesh_that_is_well_has_no_complaints(mesh: LocalMesh, told: dict[str, str]) -> None:
    ended = run(told, "dev", "doctor", "--json", "--var", str(mesh.var))
    said = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [document["service"] for document in said] == ["local_run", *MEMBERS]
    assert ended.returncode == 0, ended.stdout


def test_two_services_on_one_database(told: dict[str, str]) -> None:
    wrong = told | {"ORDER_DATABASE_URL": told["USER_DATABASE_URL"]}
    (said,) = complaints(wrong, "order_service").values()
    assert "database market_user" in said
    assert "belongs to user_service; order_service needs one of its own" in said
    assert "have ORDER_DATABASE_URL name another" in said
    assert refusal(wrong, "order_service", "worker") == f"order_service: {said}"
    assert "belongs to user_service" in refusal(wrong, "order_service", "migrate")


def test_a_database_that_is_not_there(told: dict[str, str]) -> None:
    wrong = told | {"PAYMENT_DATABASE_URL": f"postgresql://nobody:none@{NOWHERE}/none"}
    said = complaints(wrong, "payment_service")["database"]
    assert "the database can't be reached" in said
    assert "start it, or mend PAYMENT_DATABASE_URL" in said
    assert refusal(wrong, "payment_service", "serve") == f"payment_service: {said}"
    assert "Connection refused" in refusal(wrong, "payment_service", "migrate")


def test_a_broker_that_is_not_there(told: dict[str, str]) -> None:
    wrong = told | {"REDIS_URL": f"redis://{NOWHERE}/0"}
    for service in ("edge_api", "order_service"):
        assert "start it, or mend REDIS_URL" in complaints(wrong, service)["redis"]
    assert run(wrong, "order_service", "doctor", "serve").returncode == 0  # which needs none


def test_a_wrong_peer_address(told: dict[str, str]) -> None:
    payment = told["PAYMENT_SERVICE_TARGET"]
    # A port that is free, as the edge listens before it asks who its peers are.
    wrong = told | {"USER_SERVICE_TARGET": payment, "EDGE_BIND": f"{HOST}:{free_port()}"}
    line = f"USER_SERVICE_TARGET: {payment} is payment_service, not user_service"
    assert line in complaints(wrong, "order_service")["peers"]
    for service, command in (("edge_api", "serve"), ("order_service", "worker")):
        assert line in refusal(wrong, service, command)
    assert run(wrong, "order_service", "doctor", "relay").returncode == 0  # which calls nobody
    for service in ("order_service", "payment_service"):  # where staff could not sign in
        assert line in run(wrong, service, "doctor", "admin").stdout


def test_a_peer_that_is_not_there(told: dict[str, str]) -> None:
    wrong = told | {"PAYMENT_SERVICE_TARGET": NOWHERE}
    said = complaints(wrong, "order_service")["peers"]
    assert said == (
        f"payment_service at {NOWHERE} does not answer: unavailable (Connection refused);"
        " start it, or mend PAYMENT_SERVICE_TARGET"
    )


def test_another_secret_than_the_others_have(told: dict[str, str]) -> None:
    wrong = told | {"MESH_SECRET": "another secret than the rest of the mesh has"}
    said = complaints(wrong, "order_service")
    assert "does not know us; give both the same MESH_SECRET" in said["peers"]
    assert "can't be had from user_service" in said["keys"]


def test_signing_keys_that_another_secret_sealed(told: dict[str, str]) -> None:
    wrong = told | {"USER_SECRET_KEY": "another secret than these keys were encrypted under"}
    assert (
        "give USER_SECRET_KEY its former value" in complaints(wrong, "user_service")["signing keys"]
    )


def test_a_development_secret_in_production(told: dict[str, str]) -> None:
    wrong = told | {"MARKET_ENV": "production"}
    for service in ("edge_api", "order_service"):
        said = complaints(wrong, service)["settings"]
        assert "is a secret for development: make another for production" in said


def test_certificates_that_are_not_there(told: dict[str, str]) -> None:
    wrong = told | {"MESH_TLS": "on", "MESH_CERT_FILE": "/nowhere/{service}.pem"}
    wrong |= {"MESH_KEY_FILE": "/nowhere/key", "MESH_CA_FILE": "/nowhere/ca"}
    assert "/nowhere" in complaints(wrong, "order_service")["settings"]


def test_an_smtp_server_that_is_not_there(told: dict[str, str]) -> None:
    wrong = told | {"SMTP_URL": f"smtp://{NOWHERE}"}
    assert "start it, or mend SMTP_URL" in complaints(wrong, "user_service")["mail"]


def test_an_app_that_is_not_installed(told: dict[str, str], tmp_path: Path) -> None:
    without = "from order_service.settings import *\nINSTALLED_APPS = INSTALLED_APPS[:-1]\n"

    (tmp_path / "incomplete.py").write_text(without)
    wrong = told | {"DJANGO_SETTINGS_MODULE": "incomplete"}
    wrong["PYTHONPATH"] = f"{tmp_path}:{told['PYTHONPATH']}"
    line = (
        "INSTALLED_APPS lacks 'order_service.orders', which order_service needs;"
        " add it in order_service/settings.py"
    )
    assert line in complaints(wrong, "order_service")["settings"]
    assert refusal(wrong, "order_service", "serve") == f"order_service: {line}"


def refusal(told: Mapping[str, str], service: str, command: str) -> str:
    """Returns the one line that a refused start prints."""
    ended = run(told, service, command)
    assert ended.returncode == 1
    (line,) = ended.stderr.splitlines()
    return line
