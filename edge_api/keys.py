"""The keys that access tokens verify with, kept by an asyncio process.

The contract says who publishes them: the RPC bound to `/.well-known/jwks.json`.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

from edge_api.revocations import AsyncRevocationPoll
from mesh.errors import DeadlineExceeded, Unavailable
from mesh.identity import Caller
from mesh.keys import REFETCH_S, Jwks
from mesh.revocations import Page
from mesh.tokens import AccessTokens

RETRY_S = 1.0


class EdgeKeys:
    """Verifies tokens by the keys known, and fetches them when they seem out of date.

    At most one fetch in five seconds (in one, while there are no keys at all), so that
    forged key ids cost the publisher nothing. Keys known stay good while it is away. Tokens
    that `list_revoked` names are refused, from the first one on.
    """

    def __init__(
        self,
        fetch: Callable[[], Awaitable[Jwks]],
        list_revoked: Callable[[str], Awaitable[Page]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch = fetch
        self._clock = clock
        self._tokens = AccessTokens()
        self.poll = AsyncRevocationPoll(self._tokens.revocations, list_revoked)
        self._lock = asyncio.Lock()
        self._next_fetch = 0.0
        self.loaded = False

    def verify(self, token: str) -> Caller:
        """Raises TokenInvalid; KeyUnknown where `refresh` may help."""
        return self._tokens.verify(token)

    async def refresh(self) -> None:
        """Fetch the keys, unless that was just done.

        Raises Unavailable when there are none: who can't check a token must not say that
        it is invalid.
        """
        async with self._lock:
            if self._clock() >= self._next_fetch:
                await self._load()
        if not self.loaded:
            raise Unavailable("access tokens can't be verified right now")

    async def _load(self) -> None:
        try:
            jwks = await self._fetch()
            if not self.loaded:
                await self.poll.read()
            self._tokens.load(jwks)
            self.loaded = True
        except (Unavailable, DeadlineExceeded):
            pass  # the keys known so far, if any, have to do
        self._next_fetch = self._clock() + (REFETCH_S if self.loaded else RETRY_S)
