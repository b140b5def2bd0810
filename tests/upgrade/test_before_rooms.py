"""Databases of the tree before the rooms are served by this one; the rooms brought no migration.

`before_rooms/*.sql` are what `pg_dump --no-owner --no-privileges --inserts` wrote of a mesh of
commit 042a396, in which ada registered and placed three orders. Keys in it are encrypted under
the secrets below, which nothing else uses.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import grpc
import psycopg
import pytest

from dev.config import DATABASES, ROOT, SECRETS, Config
from dev.engines.postgres import Postgres
from dev.secret import write_private
from market.order.v1 import order_pb2, order_pb2_grpc
from market.payment.v1 import payment_pb2, payment_pb2_grpc
from market.user.v1 import session_pb2, session_pb2_grpc, user_pb2, user_pb2_grpc
from mesh.auth.tokens import ServiceTokens
from mesh.rpc.metadata import Metadata
from tests.support.mesh_under_test import PASSWORD

DUMPS = Path(__file__).parent / "before_rooms"
SERVICES = [f"{dump.stem}_service" for dump in sorted(DUMPS.glob("*.sql"))]
READY_WITHIN_S = 60
TIMEOUT_S = 10
APPS = {"idempotency", "mail", "mesh_admin", "outbox"}  # the kit's
# Migrations of features since then.
SINCE = {"outbox.0002_done_steps"}
OF_SERVICE = {
    "user_service": {"accounts.0004_found_by_how_it_begins", "accounts.0005_locale"},
    "payment_service": {"payments.0003_payment_by_state"},
}

USERNAME = "ada-3723ea0ff8"
USER = "01a22547-1916-74e4-8782-762783053255"
ORDER = "01a22547-1a62-7212-9986-cc9bb42ec005"
PAYMENT = "01a22547-1adb-778d-b36a-49621658fbda"


def secret(name: str) -> str:
    return f"only for tests: {name.lower():_<48}"


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Yields the environment of a mesh on the old databases."""
    var = tmp_path_factory.mktemp("upgrade")
    (var / "secrets").mkdir()
    for name in SECRETS:
        write_private(var / "secrets" / name, secret(name))
    urls = {"REDIS_URL": "redis://127.0.0.1:1/0"}
    with Postgres(var / "postgres", port=0, durable=False) as postgres:
        for name in DATABASES:
            url = urls[f"{name.upper()}_DATABASE_URL"] = postgres.create(f"market_{name}")
            if not (dump := DUMPS / f"{name}.sql").exists():
                continue  # a service that there was not then
            with psycopg.connect(url) as connection:
                connection.execute(dump.read_bytes())
        yield Config.read(var, any_ports=True).environment(urls)


def run(service: str, *command: str, environment: Mapping[str, str], code: int = 0) -> str:
    ended = subprocess.run(
        [sys.executable, "-m", service, *command],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == code, ended.stdout + ended.stderr
    return ended.stdout


def rows(service: str, query: str, environment: Mapping[str, str]) -> list[tuple[object, ...]]:
    url = environment[f"{service.removesuffix('_service').upper()}_DATABASE_URL"]
    with psycopg.connect(url) as connection:
        return connection.execute(query.encode()).fetchall()


@pytest.mark.parametrize("service", SERVICES)
def test_only_what_came_since_is_migrated(service: str, environment: dict[str, str]) -> None:
    def kept(table: str) -> list[tuple[object, ...]]:
        return rows(service, f"TABLE {table} ORDER BY id", environment)

    named = ("django_content_type", "auth_permission")
    applied, before = kept("django_migrations"), [kept(table) for table in named]
    assert {app for _, app, _ in before[0]} >= APPS
    plan = run(service, "migrate", "--plan", environment=environment).splitlines()
    planned = {line for line in plan if re.fullmatch(r"\w+\.\d{4}_\w+", line)}
    assert planned == SINCE | OF_SERVICE.get(service, set())
    run(service, "migrate", environment=environment)
    assert kept("django_migrations")[: len(applied)] == applied
    assert [kept(table)[: len(old)] for table, old in zip(named, before, strict=True)] == before


@pytest.fixture(scope="module")
def migrated(environment: dict[str, str]) -> dict[str, str]:
    for service in SERVICES:
        run(service, "migrate", environment=environment)
    return environment


@pytest.mark.parametrize("service", SERVICES)
def test_the_doctor_finds_the_database_well(service: str, migrated: dict[str, str]) -> None:
    # Its peers are not there, so the whole of it is not well.
    said = json.loads(run(service, "doctor", "serve", "--json", environment=migrated, code=1))
    found = [each["level"] for each in said["checks"] if each["check"] == "database"]
    assert found == ["ok"]


@pytest.fixture(scope="module")
def channels(migrated: dict[str, str]) -> Iterator[dict[str, grpc.Channel]]:
    """A channel to each service, which serves the old database."""
    with ExitStack() as stack:
        opened = {}
        for service in SERVICES:
            process = subprocess.Popen(
                [sys.executable, "-m", service, "serve"],
                cwd=ROOT,
                env={**os.environ, **migrated},
            )
            stack.callback(process.wait, 30)
            stack.callback(process.terminate)
            channel = grpc.insecure_channel(migrated[f"{service.upper()}_TARGET"])
            opened[service] = stack.enter_context(channel)
        for channel in opened.values():
            grpc.channel_ready_future(channel).result(READY_WITHIN_S)
        yield opened


def as_service(caller: str, called: str) -> Metadata:
    token = ServiceTokens(secret("MESH_SECRET"), caller).make(called)
    return (("x-mesh-identity", token),)


def test_each_service_reads_its_old_rows(channels: dict[str, grpc.Channel]) -> None:
    user = (
        user_pb2_grpc.UserServiceStub(channels["user_service"])
        .GetUser(
            user_pb2.GetUserRequest(user_id=USER),
            metadata=as_service("order_service", "user_service"),
            timeout=TIMEOUT_S,
        )
        .user
    )
    assert (user.id, user.username) == (USER, USERNAME)
    order = (
        order_pb2_grpc.OrderServiceStub(channels["order_service"])
        .GetOrder(
            order_pb2.GetOrderRequest(order_id=ORDER),
            metadata=as_service("payment_service", "order_service"),
            timeout=TIMEOUT_S,
        )
        .order
    )
    assert (order.state, order.payment_id) == (order_pb2.ORDER_STATE_CONFIRMED, PAYMENT)
    payment = (
        payment_pb2_grpc.PaymentServiceStub(channels["payment_service"])
        .GetPayment(
            payment_pb2.GetPaymentRequest(payment_id=PAYMENT),
            metadata=as_service("order_service", "payment_service"),
            timeout=TIMEOUT_S,
        )
        .payment
    )
    assert (payment.state, payment.order_id) == (payment_pb2.PAYMENT_STATE_CAPTURED, ORDER)


def test_old_passwords_and_signing_keys_are_good(channels: dict[str, grpc.Channel]) -> None:
    signed_in = session_pb2_grpc.SessionServiceStub(channels["user_service"]).CreateToken(
        session_pb2.CreateTokenRequest(username=USERNAME, password=PASSWORD), timeout=TIMEOUT_S
    )
    order = (
        order_pb2_grpc.OrderServiceStub(channels["order_service"])
        .GetOrder(
            order_pb2.GetOrderRequest(order_id=ORDER),
            metadata=(("authorization", f"Bearer {signed_in.access_token}"),),
            timeout=TIMEOUT_S,
        )
        .order
    )
    assert order.user_id == USER
