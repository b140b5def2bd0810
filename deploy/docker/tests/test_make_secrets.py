from pathlib import Path

from deploy.docker.make_secrets import RANDOM, make_secrets


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    assert make_secrets(folder) == list(RANDOM)
    before = {file.name: file.read_text() for file in folder.iterdir()}
    assert make_secrets(folder) == []
    assert {file.name: file.read_text() for file in folder.iterdir()} == before


def test_only_their_owner_enters_the_folder_and_every_container_reads_its_files(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "secrets"
    make_secrets(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o444}


def test_no_two_secrets_are_the_same_and_urls_hold_the_passwords(tmp_path: Path) -> None:
    make_secrets(tmp_path)
    values = [(tmp_path / name).read_text() for name in RANDOM]
    assert len(set(values)) == len(RANDOM)
    password = (tmp_path / "order_db_password").read_text()
    assert f":{password}@order-db:" in (tmp_path / "order_database_url").read_text()
    assert (tmp_path / "redis_password").read_text() in (tmp_path / "redis.conf").read_text()
