"""Redis by its URL; `redis_clients` connects by one, for those processes that use it.

At an address, `redis://[user:password@]host:port/0`, or by Sentinel, which says where the primary
is, `redis+sentinel://[user:password@]host:port,host:port/primary/0`: the form of the libraries
`limits` and `redis-sentinel-url`. `rediss` is with TLS. User and password are for Redis; those of
the Sentinels, where they have some, are `sentinel_username` and `sentinel_password` in the query,
where options of TLS are too, such as `ssl_ca_certs`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from mesh.core import config

SENTINEL_PORT = 26379
SCHEMES = ("redis", "rediss", "redis+sentinel", "rediss+sentinel")
_OF_SENTINELS = {"sentinel_username": "username", "sentinel_password": "password"}


@dataclass(frozen=True, slots=True)
class SentinelUrl:
    """`primary` is the name by which Sentinels know it; `tls` are the options of TLS, if used."""

    hosts: tuple[tuple[str, int], ...]
    primary: str
    database: int
    credentials: Mapping[str, str]
    sentinel_credentials: Mapping[str, str]
    tls: Mapping[str, Any]

    @classmethod
    def parsed(cls, url: str) -> Self | None:
        """Returns None for a URL of another scheme. Raises ValueError for a malformed one."""
        parts = urlsplit(url)
        if not parts.scheme.endswith("+sentinel"):
            return None
        user_info, _, hosts = parts.netloc.rpartition("@")
        username, _, password = map(unquote, user_info.partition(":"))
        primary, _, database = parts.path.strip("/").partition("/")
        if not hosts or not primary or not (database or "0").isdigit():
            raise ValueError(f"must be {parts.scheme}://host:port,host:port/name-of-the-primary/0")
        query = dict(parse_qsl(parts.query))
        own = {name: query.pop(key) for key, name in _OF_SENTINELS.items() if key in query}
        if unknown := sorted(name for name in query if not name.startswith("ssl_")):
            raise ValueError(f"has options that Redis by Sentinel does not have: {unknown}")
        return cls(
            tuple(_host_and_port(host) for host in hosts.split(",")),
            unquote(primary),
            int(database or "0"),
            _given(username=username, password=password),
            own,
            {"ssl": True, **query} if parts.scheme.startswith("rediss") else {},
        )

    @property
    def redis_options(self) -> dict[str, Any]:
        return {"db": self.database, **self.credentials, **self.tls}

    @property
    def sentinel_options(self) -> dict[str, Any]:
        return {**self.sentinel_credentials, **self.tls}


def _host_and_port(text: str) -> tuple[str, int]:
    parts = urlsplit(f"//{text}")
    if not parts.hostname:
        raise ValueError("names a host that is empty")
    return parts.hostname, parts.port or SENTINEL_PORT


def _given(**values: str) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}


def setting(name: str, *, default: str | None = None, about: str) -> str:
    """Returns the URL that a variable holds, empty where that is the default.

    Raises SettingError.
    """
    allowed = SCHEMES if default is None else ("", *SCHEMES)
    value = config.url(name, *allowed, default=default, about=about)
    try:
        SentinelUrl.parsed(value)
    except ValueError as error:
        raise config.SettingError(f"{name} {error}") from error
    return value
