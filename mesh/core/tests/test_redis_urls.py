"""One form of URL for Redis by Sentinel, and what each client is told of it."""

from collections.abc import Mapping
from typing import Any

import pytest
from celery import Celery

from mesh.core import redis_clients, redis_urls
from mesh.core.config import SettingError
from mesh.core.redis_clients import celery_broker
from mesh.core.redis_urls import SentinelUrl

TWO = "redis+sentinel://app:p%40ss%2Fword@s1,s2:26380/market/3"


def test_hosts_primary_database_and_credentials_are_read() -> None:
    assert SentinelUrl.parsed(TWO) == SentinelUrl(
        hosts=(("s1", 26379), ("s2", 26380)),
        primary="market",
        database=3,
        credentials={"username": "app", "password": "p@ss/word"},
        sentinel_credentials={},
        tls={},
    )


def test_a_server_at_an_address_is_left_to_its_library() -> None:
    url = "redis://:password@redis:6379/0"
    assert SentinelUrl.parsed(url) is None
    assert celery_broker(url, {"socket_timeout": 5.0}) == (url, {"socket_timeout": 5.0})


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("redis+sentinel://s1:26379,s2:26379", "must be redis.sentinel://host:port,host:port/name"),
        ("redis+sentinel:///market", "must be redis.sentinel://host"),
        ("redis+sentinel://s1/market/first", "must be redis.sentinel://host"),
        ("redis+sentinel://s1,,s2/market", "a host that is empty"),
        ("redis+sentinel://s1:port/market", "port"),
        ("redis+sentinel://:secret@s1/market?sentinel=s2", r"does not have: \['sentinel'\]"),
        ("sentinel://s1/market", "must be a URL that starts with redis or"),
    ],
)
def test_a_malformed_url_stops_the_start_by_name_and_is_not_repeated(
    monkeypatch: pytest.MonkeyPatch, url: str, complaint: str
) -> None:
    monkeypatch.setenv("REDIS_URL", url)
    with pytest.raises(SettingError, match=f"^REDIS_URL .*{complaint}") as caught:
        redis_urls.setting("REDIS_URL", about="")
    assert "secret" not in str(caught.value)


def connection_of_celery(broker: str, options: Mapping[str, Any]) -> Any:
    app = Celery(broker=broker, set_as_current=False, fixups=())
    return app.connection_for_write(transport_options=options)


def test_celerys_transport_is_told_the_same() -> None:
    broker, options = celery_broker(f"{TWO}?sentinel_password=own", {"socket_timeout": 5.0})
    assert options["master_name"] == "market"
    assert options["sentinel_kwargs"]["password"] == "own"
    with connection_of_celery(broker, options) as connection:
        assert (connection.transport_cls, connection.virtual_host) == ("sentinel", "3")
        assert (connection.userid, connection.password) == ("app", "p@ss/word")
        assert [url.rpartition("@")[2] for url in connection.alt] == ["s1:26379/3", "s2:26380/3"]


def test_with_tls_redis_and_sentinels_are_verified_by_the_authority_named() -> None:
    url = "rediss+sentinel://s1/market?ssl_ca_certs=/run/ca.pem"
    pool: Any = redis_clients.connect(url).connection_pool
    assert pool.connection_class.__name__ == "SentinelManagedSSLConnection"
    assert pool.connection_kwargs["ssl_ca_certs"] == "/run/ca.pem"
    (sentinel,) = pool.sentinel_manager.sentinels
    assert sentinel.connection_pool.connection_class.__name__ == "SSLConnection"
    broker, options = celery_broker(url, {})
    assert options["sentinel_kwargs"]["ssl"] is True
    with connection_of_celery(broker, options) as connection:
        assert connection.ssl["ssl_ca_certs"] == "/run/ca.pem"
