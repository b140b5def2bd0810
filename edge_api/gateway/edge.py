"""One process's contract, routes, channels and keys."""

import asyncio

from google.protobuf.message import Message

from edge_api.config import Config, read_contract
from edge_api.gateway.authentication import BearerAuthentication
from edge_api.gateway.endpoints import endpoints_of, routes_to
from edge_api.gateway.shared_cache import SharedCache
from edge_api.http.concurrency_limit import ConcurrencyLimits
from edge_api.http.header_limits import LISTS, ONCE
from edge_api.http.shutdown import Shutdown
from edge_api.ratelimit.limiter import Limiter
from mesh.auth.jwks import NO_KEYS, Jwks, JwksCache, jwks_method, jwks_of
from mesh.auth.revocations import Page, page_of, revocations_method
from mesh.contract.model import Method
from mesh.rpc.async_channels import AsyncChannels
from mesh.rpc.async_client import AsyncClient


class Edge:
    """The parts of a serving process. Raises ContractError, SettingError."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.contract = read_contract(config.contract)
        self.channels = AsyncChannels(self.contract, config.target, config.certificates)
        self.remote = AsyncClient(self.channels, config.service_tokens())
        self.shutdown = Shutdown()
        self.cache = SharedCache()
        self.endpoints = list(
            endpoints_of(self.contract, self.remote, self.shutdown.closing, self.cache)
        )
        self.routes = routes_to(self.endpoints)
        bound = {name for each in self.endpoints for name in each.binding.headers.by_header}
        self.singletons = ONCE | {name.lower().encode() for name in bound} - LISTS
        self.keys = JwksCache(self._fetch_keys, self._list_revoked)
        self.authentication = BearerAuthentication(self.keys)
        self.limiter = Limiter(config.rates)
        self.concurrency = ConcurrencyLimits()
        self._publisher = jwks_method(self.contract)
        self._revoker = revocations_method(self.contract)

    async def refresh_keys(self) -> None:
        """Fetches the keys of access tokens anew. Raises Unavailable when there are none."""
        await asyncio.to_thread(self.keys.refresh)

    def follow_revocations(self) -> None:
        """Polls the list of revoked tokens until `close`; called on the loop that serves."""
        self._loop = asyncio.get_running_loop()
        self.keys.follow_revocations()

    def _fetch_keys(self) -> Jwks:
        return jwks_of(self._call(self._publisher)) if self._publisher else NO_KEYS

    def _list_revoked(self, sync_token: str) -> Page:
        if self._revoker is None:
            return Page([], "")
        return page_of(self._call(self._revoker, sync_token=sync_token))

    def _call(self, method: Method, **fields: str) -> Message:
        """Calls an RPC from a thread, on the loop that the channels are open on."""
        called = self.remote.unary(method)(method.request_class(**fields))
        return asyncio.run_coroutine_threadsafe(called, self._loop).result()

    async def close(self) -> None:
        await asyncio.to_thread(self.keys.close)
        await self.limiter.close()
        await self.channels.close()
