"""What the environment turns on."""

import socket
import urllib.request

import pytest

from mesh.core.config import SettingError
from mesh.telemetry import prometheus
from mesh.telemetry.setup import traces_wanted
from mesh.telemetry.sql import summary_of

ENDPOINT = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}


def set_all(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize(
    ("variables", "wanted"),
    [
        ({}, False),
        (ENDPOINT, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, False),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:4318/v1/traces"}, True),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, True),
        ({**ENDPOINT, "OTEL_TRACES_EXPORTER": "none"}, False),
        ({**ENDPOINT, "OTEL_SDK_DISABLED": "true"}, False),
        ({**ENDPOINT, "OTEL_SDK_DISABLED": "false"}, True),
        ({**ENDPOINT, "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}, True),
    ],
)
def test_spans_are_off_until_the_standard_variables_ask_for_them(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], wanted: bool
) -> None:
    set_all(monkeypatch, variables)
    assert traces_wanted() is wanted


@pytest.mark.parametrize(
    ("name", "value"),
    [("OTEL_TRACES_EXPORTER", "zipkin"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")],
)
def test_what_there_is_none_of_here_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    set_all(monkeypatch, {**ENDPOINT, name: value})
    with pytest.raises(SettingError, match=name):
        traces_wanted()


def test_processes_that_share_a_setting_take_ports_ten_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("METRICS_BIND", f"127.0.0.1:{port}")
        prometheus.serve(processes=2)
        with pytest.raises(SettingError, match="METRICS_BIND"):
            prometheus.serve(processes=2)
    with urllib.request.urlopen(f"http://127.0.0.1:{port + 10}/metrics") as answer:
        assert b"rpc_server_call_duration_seconds" in answer.read()


@pytest.mark.parametrize(
    ("sql", "summary"),
    [
        ('SELECT "a"."id" FROM "a" WHERE "a"."x" = %s', "SELECT a"),
        ('INSERT INTO "a" ("x") VALUES (%s), (%s)', "INSERT a"),
        ('UPDATE "a" SET "x" = %s', "UPDATE a"),
        ('DELETE FROM "a"', "DELETE a"),
        ('SELECT 1 FROM "a" INNER JOIN "b" ON ("a"."id" = "b"."a_id")', "SELECT a b"),
        ("SELECT 'ada@example.org'", "SELECT"),
        ("SELECT x FROM a FOR UPDATE SKIP LOCKED", "SELECT a"),
        ("WITH f AS (SELECT FROM a FOR NO KEY UPDATE) INSERT INTO b SELECT FROM f", "INSERT a b"),
        ("INSERT INTO a (x) VALUES (%s) ON CONFLICT (x) DO UPDATE SET y = %s", "INSERT a"),
        ("UPDATE a SET x = n FROM unnest(%s) AS n WHERE a.y = n", "UPDATE a"),
        (
            "\n WITH l AS (SELECT f()), s AS (INSERT INTO a SELECT 1 FROM l) SELECT g() FROM s",
            "INSERT a",
        ),
        ('SAVEPOINT "s1"', "SAVEPOINT"),
        ("VACUUM", "SQL"),
    ],
)
def test_a_statement_is_summed_up_without_its_values(sql: str, summary: str) -> None:
    assert summary_of(sql) == summary
