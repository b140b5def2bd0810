"""Keeps the keys that users' access tokens verify with.

The contract says who publishes them: the RPC bound to `/.well-known/jwks.json`.
"""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from google.protobuf import json_format, message

from mesh.contract import Contract, ContractError, Method
from mesh.errors import Unavailable
from mesh.identity import Caller
from mesh.revocation_poll import RevocationPoll
from mesh.revocations import ListRevoked
from mesh.tokens import AccessTokens, KeyUnknown

JWKS_PATH = "/.well-known/jwks.json"
REFETCH_S = 5.0

Jwks = Mapping[str, Any]


def jwks_method(contract: Contract) -> Method:
    """The RPC that publishes the keys. Raises ContractError."""
    for method in contract:
        if any(binding.template == JWKS_PATH for binding in method.bindings):
            return method
    raise ContractError(f"no RPC is bound to {JWKS_PATH}")


def jwks_of(response: message.Message) -> Jwks:
    """The key set in that RPC's answer."""
    return json_format.MessageToDict(response, preserving_proto_field_name=True)


class KeyRing:
    """Verifies access tokens, and fetches the keys when one is signed under a new key.

    At most one fetch in five seconds, so that forged key ids cost the publisher nothing.
    Keys known stay good while the publisher is away. Tokens that `list_revoked` names are
    refused, from the first one on; the list is read again each second once it is followed.
    """

    def __init__(self, fetch: Callable[[], Jwks], list_revoked: ListRevoked | None = None) -> None:
        self._fetch = fetch
        self._tokens = AccessTokens()
        self.revocations = self._tokens.revocations
        self._poll = RevocationPoll(self.revocations, list_revoked) if list_revoked else None
        self._lock = threading.Lock()
        self._next_fetch = 0.0
        self._loaded = False

    def follow_revocations(self) -> None:
        """From now until `close`."""
        if self._poll is not None:
            self._poll.start()

    def close(self) -> None:
        if self._poll is not None:
            self._poll.stop()

    def verify(self, token: str) -> Caller:
        """Raises TokenInvalid; Unavailable when no keys could be had at all."""
        try:
            return self._tokens.verify(token)
        except KeyUnknown:
            self._refresh()
            return self._tokens.verify(token)

    def _refresh(self) -> None:
        with self._lock:
            if time.monotonic() < self._next_fetch and self._loaded:
                return
            self._next_fetch = time.monotonic() + REFETCH_S
            try:
                jwks = self._fetch()
                if not self._loaded and self._poll is not None:
                    self._poll.read()
                self._tokens.load(jwks)
                self._loaded = True
            except Unavailable:
                if not self._loaded:
                    raise
