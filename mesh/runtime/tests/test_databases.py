"""What Django is told of a database's URL."""

import pytest

from mesh.core.config import SettingError
from mesh.db.replica import ALIAS
from mesh.db.sessions import DIRECT
from mesh.runtime.settings import databases

ONE = "postgresql://us%40er:p%2Fw@db:5433/market?sslmode=verify-full"
TWO = "postgresql://user:secret@one:5432,two/market"


def told(
    monkeypatch: pytest.MonkeyPatch, url: str, direct: str = "", replica: str = ""
) -> dict[str, dict[str, object]]:
    monkeypatch.setenv("SOME_DATABASE_URL", url)
    monkeypatch.setenv("SOME_DATABASE_DIRECT_URL", direct)
    monkeypatch.setenv("SOME_DATABASE_REPLICA_URL", replica)
    return databases("SOME_DATABASE_URL")


def test_the_parts_of_a_url_are_decoded_and_libpqs_options_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = told(monkeypatch, ONE)["default"]
    assert [one[part] for part in ("USER", "PASSWORD", "HOST", "PORT", "NAME")] == [
        *("us@er", "p/w", "db", "5433", "market")
    ]
    options = one["OPTIONS"]
    assert isinstance(options, dict)
    assert (options["sslmode"], options["prepare_threshold"]) == ("verify-full", 5)
    assert "target_session_attrs" not in options


def test_of_several_hosts_the_one_is_used_that_can_be_written_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    two = told(monkeypatch, TWO)["default"]
    assert (two["HOST"], two["PORT"]) == ("one,two", "5432,")
    options = two["OPTIONS"]
    assert isinstance(options, dict)
    assert options["target_session_attrs"] == "read-write"
    other = told(monkeypatch, f"{TWO}?target_session_attrs=primary")["default"]["OPTIONS"]
    assert isinstance(other, dict)
    assert other["target_session_attrs"] == "primary"


def test_through_a_pooler_nothing_of_a_session_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    both = told(monkeypatch, ONE, direct=TWO)
    pooled, direct = both["default"]["OPTIONS"], both[DIRECT]["OPTIONS"]
    assert isinstance(pooled, dict)
    assert isinstance(direct, dict)
    assert (pooled["prepare_threshold"], "options" in pooled) == (None, False)
    assert both["default"]["DISABLE_SERVER_SIDE_CURSORS"] is True
    assert (direct["prepare_threshold"], "options" in direct) == (5, True)


def test_of_several_replicas_one_is_used_that_is_a_standby_and_none_without_a_setting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert set(told(monkeypatch, ONE)) == {"default"}
    for direct in ("", ONE):  # a pooler before the primary is none before a replica
        replica = told(monkeypatch, ONE, direct=direct, replica=TWO)[ALIAS]["OPTIONS"]
        assert isinstance(replica, dict)
        assert replica["target_session_attrs"] == "standby"
        assert (replica["prepare_threshold"], "options" in replica) == (5, True)


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("postgresql://user:secret@db", "names no database"),
        ("postgresql://user:secret@db/market?no_such_option=1", "is no URL of libpq's form"),
        ("postgresql://user:secret@[db/market", "is no URL of libpq's form"),
        ("mysql://user:secret@db/market", "must be a URL that starts with postgresql"),
    ],
)
def test_a_malformed_url_stops_the_start_by_name_and_is_not_repeated(
    monkeypatch: pytest.MonkeyPatch, url: str, complaint: str
) -> None:
    with pytest.raises(SettingError, match=f"^SOME_DATABASE_URL {complaint}") as caught:
        told(monkeypatch, url)
    assert "secret" not in str(caught.value)
