"""Caches the keys that verify users' access tokens, for all threads of a process.

The contract says who publishes the keys: the RPC bound to `/.well-known/jwks.json`.
"""

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from django.db import DatabaseError, InterfaceError
from google.protobuf import json_format, message

from mesh.auth.access import Caller
from mesh.auth.revocation_poll import RevocationPoll
from mesh.auth.revocations import ListRevoked
from mesh.auth.tokens import AccessTokens, KeyUnknown
from mesh.contract.model import Contract, ContractError, Method
from mesh.core.errors import DeadlineExceeded, DomainError, Unavailable

JWKS_PATH = "/.well-known/jwks.json"
REFETCH_S = 5.0
RETRY_S = 0.2  # while there are no keys

Jwks = Mapping[str, Any]
NO_KEYS: Jwks = {"keys": []}


def jwks_method(contract: Contract) -> Method | None:
    """Returns the RPC that publishes the keys; None in a mesh that gives out no tokens."""
    try:
        return contract.bound_to("GET", JWKS_PATH)
    except ContractError:
        return None


def jwks_of(response: message.Message) -> Jwks:
    """Returns the key set in the response of the RPC that publishes it."""
    return json_format.MessageToDict(response, preserving_proto_field_name=True)


class JwksCache:
    """Verifies access tokens, and fetches the keys when one is signed under a new key.

    It fetches once in five seconds at most, so that forged key ids cost the publisher
    nothing. Known keys stay good while the publisher is away. Tokens that `list_revoked` names
    are refused, from the first one on; the list is read each second once it is followed.
    """

    def __init__(
        self,
        fetch: Callable[[], Jwks],
        list_revoked: ListRevoked | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch = fetch
        self._clock = clock
        self._tokens = AccessTokens()
        self.revocations = self._tokens.revocations
        self._poll = RevocationPoll(self.revocations, list_revoked) if list_revoked else None
        self._lock = threading.Lock()
        self._next_fetch = 0.0
        self.loaded = False

    def follow_revocations(self) -> None:
        """Polls the list of revoked tokens until `close`."""
        if self._poll is not None:
            self._poll.start()

    def close(self) -> None:
        if self._poll is not None:
            self._poll.stop()

    def verify(self, token: str) -> Caller:
        """Raises TokenInvalid; Unavailable when no keys could be had at all."""
        try:
            return self.verify_by_known_keys(token)
        except KeyUnknown:
            self.refresh()
            return self.verify_by_known_keys(token)

    def verify_by_known_keys(self, token: str) -> Caller:
        """Never waits. Raises TokenInvalid; KeyUnknown where `refresh` may help."""
        return self._tokens.verify(token)

    def refresh(self) -> None:
        """Fetches the keys, unless that was just done.

        Raises Unavailable when there are none: a token that can't be checked must not be
        called invalid.
        """
        with self._lock:
            if self._clock() >= self._next_fetch:
                self._load()
        if not self.loaded:
            raise Unavailable("access tokens can't be verified right now")

    def wait_loaded(self, most_s: float) -> bool:
        """Fetches the keys until there are any, for `most_s` or so; returns whether there are."""
        until = self._clock() + most_s
        while True:
            with suppress(DomainError, DatabaseError, InterfaceError):
                self.refresh()
            if self.loaded or self._clock() >= until:
                return self.loaded
            time.sleep(RETRY_S)

    def _load(self) -> None:
        try:
            # While the publisher is away the known keys, if any, stay in use.
            with suppress(Unavailable, DeadlineExceeded):
                jwks = self._fetch()
                if not self.loaded and self._poll is not None:
                    self._poll.read()
                if jwks["keys"]:
                    self._tokens.load(jwks)
                self.loaded = True
        finally:
            self._next_fetch = self._clock() + (REFETCH_S if self.loaded else RETRY_S)
