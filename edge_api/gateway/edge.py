"""One process's contract, routes, channels and keys."""

from collections import defaultdict

from edge_api.config import Config, read_contract
from edge_api.gateway.authentication import BearerAuthentication
from edge_api.gateway.endpoints import endpoints_of, routes_to
from edge_api.http.headers import ONCE
from edge_api.http.shutdown import Shutdown
from edge_api.http.turns import Turns
from edge_api.ratelimit.limiter import Limiter
from mesh.auth.jwks import AsyncJwksCache, Jwks, jwks_method, jwks_of
from mesh.auth.revocations import Page, page_of, revocations_method
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
        self.endpoints = list(endpoints_of(self.contract, self.remote, self.shutdown.closing))
        self.routes = routes_to(self.endpoints)
        bound = {name for each in self.endpoints for name in each.binding.headers.by_header}
        self.singletons = ONCE | {name.lower().encode() for name in bound}
        self.keys = AsyncJwksCache(self._fetch_keys, self._list_revoked)
        self.authentication = BearerAuthentication(self.keys)
        self.limiter = Limiter(config.rates)
        self.turns = defaultdict[str, Turns](Turns)  # by service; "": the edge's own pages
        self._publisher = jwks_method(self.contract)
        self._revoker = revocations_method(self.contract)

    async def _fetch_keys(self) -> Jwks:
        invoke = self.remote.unary(self._publisher)
        return jwks_of(await invoke(self._publisher.request_class()))

    async def _list_revoked(self, sync_token: str) -> Page:
        if self._revoker is None:
            return Page([], "")
        invoke = self.remote.unary(self._revoker)
        return page_of(await invoke(self._revoker.request_class(sync_token=sync_token)))

    async def close(self) -> None:
        await self.keys.poll.stop()
        await self.limiter.close()
        await self.channels.close()
