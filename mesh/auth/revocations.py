"""Access tokens that are refused before they expire.

Tokens are verified without a call. So their issuer keeps a list of the users whose tokens it
revoked, and every verifier keeps a copy, which it brings up to date each second.
A token carries the version that its user's tokens had (`token_version`); a revocation names
the first one that is still good. An entry is dropped once every token of its time has expired.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import structlog
from google.protobuf import message

from market.options.v1 import options_pb2
from mesh.auth.access import Caller
from mesh.contract.model import Contract, Method

POLL_S = 1.0
UNLOGGED_MISSES = 4  # as while all processes are being started

log = structlog.get_logger("tokens")


@dataclass(frozen=True, slots=True)
class Revoked:
    """The user's tokens of a version below this one are refused."""

    user_id: str
    token_version: int


@dataclass(frozen=True, slots=True)
class Page:
    """A part of the list. `sync_token` asks for the next; `more` is whether there is one yet."""

    revoked: Iterable[Revoked]
    sync_token: str
    more: bool = False


# Returns what was added since the sync token; the whole list for an empty one.
ListRevoked = Callable[[str], Page]


class Revocations:
    """A verifier's copy of the list: written by one thread at a time, read by any."""

    def __init__(self, kept_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        """`kept_s` is how long after its revocation a token may still be used, in seconds."""
        self._kept_s = kept_s
        self._clock = clock
        self._until: dict[str, tuple[int, float]] = {}
        self._missed = 0
        self.sync_token = ""

    def __len__(self) -> int:
        return len(self._until)

    def refuse(self, caller: Caller) -> bool:
        """Returns whether the token of this caller was revoked; called for every call."""
        entry = self._until.get(caller.user_id)
        return entry is not None and caller.token_version < entry[0]

    def take(self, page: Page) -> None:
        """Adds the page's revocations, and drops those older than any token that is still good."""
        now = self._clock()
        kept = {user_id: entry for user_id, entry in self._until.items() if entry[1] > now}
        for one in page.revoked:
            version, _ = kept.get(one.user_id, (0, 0.0))
            kept[one.user_id] = (max(version, one.token_version), now + self._kept_s)
        self._until = kept  # replaced as a whole, as other threads read it
        self.sync_token = page.sync_token
        if self._missed >= UNLOGGED_MISSES:
            log.info("revocations_read_again")
        self._missed = 0

    def miss(self, error: str) -> None:
        """Notes that the list could not be read: the copy stays, and is next read whole."""
        self.sync_token = ""
        self._missed += 1
        if self._missed == UNLOGGED_MISSES:
            log.warning("revocations_unread", error=error)


def lists_revocations(method: Method) -> bool:
    """Returns whether this is the RPC that every verifier calls each second."""
    options: Any = method.descriptor.GetOptions()
    return bool(options.Extensions[options_pb2.lists_revoked_tokens])


def revocations_method(contract: Contract) -> Method | None:
    """Returns the RPC that lists revoked tokens; None where the contract has none."""
    return next(filter(lists_revocations, contract), None)


def page_of(response: message.Message) -> Page:
    """Returns the page in the response of the RPC that lists revoked tokens."""
    answer: Any = response
    revoked = [Revoked(one.user_id, one.token_version) for one in answer.revoked_tokens]
    return Page(revoked, answer.sync_token, answer.more)
