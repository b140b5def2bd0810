"""Clients of Redis by its URL, each of the kinds that the mesh has.

Apart from `redis_urls`, as to load them takes 10 MiB that a server without them need not hold.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from redis import Redis
from redis import asyncio as redis_asyncio
from redis.asyncio import sentinel as asyncio_sentinel
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry
from redis.sentinel import Sentinel

from mesh.core.redis_urls import SentinelUrl


def connect(url: str, **options: Any) -> "Redis":
    """Returns a client of the server, or of whichever is the primary when it connects."""
    named = SentinelUrl.parsed(url)
    if named is None:
        return Redis.from_url(url, **options)
    once = {"retry": Retry(NoBackoff(), 0), **options}
    sentinel = Sentinel(named.hosts, sentinel_kwargs={**once, **named.sentinel_options})
    client: Redis = sentinel.master_for(named.primary, **named.redis_options, **once)
    return client


def connect_asyncio(url: str, **options: Any) -> "redis_asyncio.Redis":
    """Returns a client as `connect` does, which tries each request once."""
    once = {"retry": AsyncRetry(NoBackoff(), 0), **options}
    named = SentinelUrl.parsed(url)
    if named is None:
        return redis_asyncio.Redis.from_url(url, **once)
    sentinel = asyncio_sentinel.Sentinel(
        named.hosts, sentinel_kwargs={**once, **named.sentinel_options}
    )
    client: redis_asyncio.Redis = sentinel.master_for(
        named.primary, connection_pool_class=_Pool, **named.redis_options, **once
    )
    return client


class _Pool(asyncio_sentinel.SentinelConnectionPool):
    """The library's, which closes the connections to the Sentinels with its own."""

    async def aclose(self) -> None:
        await super().aclose()
        await self.sentinel_manager.aclose()


def celery_broker(url: str, options: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Returns the URL and the transport options by which Celery's transport names the same.

    `options` are those of its connections, to Redis and to Sentinels. Source: kombu's
    `SentinelChannel`.
    """
    named = SentinelUrl.parsed(url)
    if named is None:
        return url, dict(options)
    user_info = ":".join(
        quote(named.credentials.get(each, ""), safe="") for each in ("username", "password")
    )
    # It knows of TLS by options of it.
    tls = {"ssl_cert_reqs": "required", **named.tls} if named.tls else {}
    query = urlencode({name: value for name, value in tls.items() if name != "ssl"})
    urls = [
        f"sentinel://{user_info}@{f'[{host}]' if ':' in host else host}:{port}/{named.database}"
        f"{'?' if query else ''}{query}"
        for host, port in named.hosts
    ]
    asking = {"retry": Retry(NoBackoff(), 0), **options, **named.sentinel_options}
    return ";".join(urls), {**options, "master_name": named.primary, "sentinel_kwargs": asking}
