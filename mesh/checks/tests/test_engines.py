"""What the doctor says of engines: a real PostgreSQL, a real Redis, an SMTP server."""

import os
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import override_settings
from redis import Redis as Client

from dev.certs import Authority
from dev.engines.redis import Redis
from dev.ports import free_port
from mesh.auth import tls
from mesh.checks.certificates import certificates
from mesh.checks.clocks import clocks, of_database, of_redis
from mesh.checks.database import database
from mesh.checks.disk import disk
from mesh.checks.findings import Finding, Level
from mesh.checks.mail import mail
from mesh.checks.redis import redis
from mesh.db import ownership

REDIS = os.environ["REDIS_URL"]


def only(found: Iterable[Finding]) -> Finding:
    (finding,) = found
    return finding


@pytest.mark.django_db
def test_a_database_that_nobody_claimed_is_not_set_up() -> None:
    finding = only(database("toy"))
    assert finding.level is Level.FAILED
    assert str(finding).endswith("is not set up; run `python -m toy migrate`")


@pytest.mark.django_db
def test_a_database_that_is_ours_and_migrated_is_fine() -> None:
    ownership.claim("toy")
    finding = only(database("toy"))
    assert finding.level is Level.OK
    assert "PostgreSQL 1" in finding.says


@pytest.mark.django_db
def test_another_services_database_is_named_with_its_owner_and_the_variable() -> None:
    ownership.claim("jigsaw_service")
    finding = only(database("toy_service"))
    assert finding.level is Level.FAILED
    assert "belongs to jigsaw_service; toy_service needs one of its own" in finding.says
    assert finding.remedy == "have TOY_DATABASE_URL name another"


@pytest.mark.django_db
def test_a_migration_that_was_not_run_is_counted() -> None:
    ownership.claim("toy")
    MigrationRecorder(connection).record_unapplied("outbox", "0002_done_steps")
    finding = only(database("toy"))
    assert "lacks 1 migrations; run `python -m toy migrate`" in str(finding)


@pytest.mark.django_db
def test_a_newer_versions_migration_is_a_warning_only() -> None:
    ownership.claim("toy")
    MigrationRecorder(connection).record_applied("mail", "9999_from_tomorrow")
    finding = only(database("toy"))
    assert finding.level is Level.WARNING
    assert "mail.9999_from_tomorrow" in finding.says


@pytest.mark.django_db
def test_a_migration_that_was_rewritten_is_seen_by_what_the_tables_lack() -> None:
    ownership.claim("toy")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE mail_mail DROP COLUMN template")
    finding = only(database("toy"))
    assert finding.level is Level.FAILED
    assert "it lacks mail_mail.template; restore a backup that fits" in str(finding)


@pytest.mark.django_db
def test_a_session_that_was_not_told_what_ours_are_is_a_warning() -> None:
    ownership.claim("toy")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = on")  # as in a pooler's older session
    finding = only(database("toy"))
    assert finding.level is Level.WARNING
    assert "migrate`, and have the pooler connect anew" in str(finding)


def test_a_redis_that_is_not_there_is_named(tmp_path: Path) -> None:
    port = free_port()
    finding = only(redis(f"redis://127.0.0.1:{port}/0"))
    assert finding.level is Level.FAILED
    assert str(finding).startswith(
        f"Redis can't be reached: Error 111 connecting to 127.0.0.1:{port}"
    )
    assert finding.remedy == "start it, or mend REDIS_URL"


def test_a_redis_that_keeps_nothing_is_a_warning() -> None:
    finding = only(redis(REDIS))
    assert (finding.level, finding.remedy) == (Level.WARNING, "set `appendonly yes`")


def test_a_redis_with_another_password_is_told_from_one_that_is_away(tmp_path: Path) -> None:
    with Redis(tmp_path, port=0) as server:
        assert only(redis(server.url)).level is Level.OK
        with Client.from_url(server.url) as client:
            client.config_set("requirepass", "another")
            finding = only(redis(server.url.replace("//", "//:wrong@")))
    assert finding.level is Level.FAILED
    assert finding.remedy == "mend REDIS_URL's password"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("ahead_s", "level"),
    [(0, Level.OK), (10, Level.WARNING), (-10, Level.WARNING), (7200, Level.FAILED)],
)
def test_clocks_that_differ_are_told_by_how_much(ahead_s: int, level: Level) -> None:
    engines = [("the database", of_database), ("Redis", of_redis(REDIS))]
    found = list(clocks(*engines, now=lambda: time.time() - ahead_s))
    assert [finding.level for finding in found] == [level, level]
    assert level is Level.OK or ("ahead" if ahead_s > 0 else "behind") in found[0].says


def test_an_engine_that_is_away_has_no_clock_to_compare() -> None:
    assert list(clocks(("Redis", of_redis("redis://127.0.0.1:1/0")))) == []


@override_settings(EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend")
def test_an_smtp_server_that_is_not_there_is_named() -> None:
    finding = only(mail())
    assert finding.level is Level.FAILED
    assert finding.says == "the SMTP server 127.0.0.1:1 can't be reached: Connection refused"


def test_a_disk_that_fills_up_is_a_warning_and_then_a_failure(tmp_path: Path) -> None:
    huge = 2**62
    assert only(disk(tmp_path, low_bytes=0, out_bytes=0)).level is Level.OK
    assert only(disk(tmp_path, low_bytes=huge, out_bytes=0)).level is Level.WARNING
    assert only(disk(tmp_path, low_bytes=huge, out_bytes=huge)).level is Level.FAILED
    assert "can't be looked at" in only(disk(tmp_path / "nowhere")).says


def test_a_certificate_is_warned_of_before_it_ends(tmp_path: Path) -> None:
    Authority(tmp_path).keep("toy")
    files = [tmp_path / "toy.pem", tmp_path / "toy.key", tmp_path / "ca.pem"]
    ours = tls.Certificates(files, "toy")
    levels = {
        days: [finding.level for finding in certificates(ours, in_days(days))]
        for days in (0, 80, 100)
    }
    assert levels == {
        0: [Level.OK, Level.OK],
        80: [Level.WARNING, Level.OK],
        100: [Level.FAILED, Level.OK],
    }


def in_days(days: int) -> Callable[[], datetime]:
    return lambda: datetime.now(UTC) + timedelta(days=days)
