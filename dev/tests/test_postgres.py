import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from dev.engines.postgres import Postgres
from dev.errors import CannotRun
from tests.support.left_out import need_root


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns the folder of the cluster; its path has a space and is longer than a socket's."""
    return tmp_path_factory.mktemp("a folder") / ("long" * 30)


@pytest.fixture
def postgres(directory: Path) -> Iterator[Postgres]:
    with Postgres(directory, port=0, durable=False) as running:
        yield running


def test_a_database_is_its_roles_own(postgres: Postgres) -> None:
    with psycopg.connect(postgres.create("market_user")) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS mine (id int)")


def test_another_services_role_is_refused(postgres: Postgres) -> None:
    postgres.create("market_user")
    ours = postgres.create("market_order")

    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        psycopg.connect(ours, dbname="market_user")


def test_nobody_comes_in_without_the_password(postgres: Postgres) -> None:
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(f"postgresql://postgres:guess@127.0.0.1:{postgres.port}/postgres")


def test_only_the_owner_can_read_the_passwords(postgres: Postgres) -> None:
    postgres.create("market_user")

    kept = postgres.directory / "passwords" / "market_user"
    assert kept.stat().st_mode & 0o077 == 0
    assert kept.parent.stat().st_mode & 0o077 == 0


def test_making_a_database_again_changes_nothing(postgres: Postgres) -> None:
    url = postgres.create("market_payment")
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept (id int)")

    assert postgres.create("market_payment") == url
    with psycopg.connect(url) as connection:
        connection.execute("SELECT id FROM kept")


def test_a_tests_role_may_make_databases_and_a_services_role_may_not(tmp_path: Path) -> None:
    statement = "SELECT rolcreatedb FROM pg_roles WHERE rolname = current_user"
    may = []
    for durable in (True, False):
        with (
            Postgres(tmp_path, port=0, durable=durable) as postgres,
            psycopg.connect(postgres.create("market_user")) as connection,
        ):
            may.append(connection.execute(statement).fetchone())

    assert may == [(False,), (True,)]


def test_a_killed_server_comes_up_again_with_its_data(directory: Path) -> None:
    with Postgres(directory, port=0) as killed:
        url = killed.create("market_user")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TABLE committed (id int)")
        os.kill(killed.engine.pid or 0, signal.SIGKILL)

    with (
        Postgres(directory, port=0) as postgres,
        psycopg.connect(postgres.create("market_user")) as connection,
    ):
        connection.execute("SELECT id FROM committed")


def test_the_number_of_a_dead_server_may_be_another_processes_now(directory: Path) -> None:
    with Postgres(directory, port=0, durable=False):
        pass
    (directory / "data" / "postmaster.pid").write_text(f"{os.getpid()}\n{directory}/data\n")

    with Postgres(directory, port=0, durable=False) as postgres:
        assert postgres.engine.pid is not None


def test_it_ends_with_the_process_that_started_it(directory: Path) -> None:
    script = (
        "import os, pathlib, signal, sys\n"
        "from dev.engines.postgres import Postgres\n"
        "postgres = Postgres(pathlib.Path(sys.argv[1]), port=0, durable=False)\n"
        "postgres.start()\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", script, directory], check=False)

    with Postgres(directory, port=0, durable=False) as postgres:  # waits for it to be gone
        assert postgres.engine.pid is not None


def test_what_keeps_it_from_starting_is_said_in_one_line(directory: Path) -> None:
    with (
        Postgres(directory, port=0, durable=False) as running,
        pytest.raises(CannotRun, match=r"PostgreSQL does not start: .+") as refused,
    ):
        Postgres(directory.with_name("second"), port=running.port, durable=False).start()

    assert "\n" not in str(refused.value)


def test_a_folder_of_another_user_is_refused(directory: Path) -> None:
    need_root()
    with Postgres(directory, port=0, durable=False):
        pass
    data = directory / "data"
    owner = data.stat()
    os.chown(data, 12345, 12345)

    with pytest.raises(CannotRun, match="made by the user with uid 12345"):
        Postgres(directory, port=0, durable=False).start()
    os.chown(data, owner.st_uid, owner.st_gid)
