"""Access tokens that are refused before they expire.

Tokens are verified without asking anybody. So whoever gives them out keeps a list of the
users whose tokens it revoked, and every verifier a copy, which it reads again each second.
A token carries the version that its user's tokens had (`token_version`); a revocation names
the first one that is still good. After as long as a token lives an entry says nothing more.
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

ACCESS_TOKEN_S = 300  # the longest that one lives
POLL_S = 1.0
MISSES_UNTOLD = 4  # as while all processes are being started
# With the leeway that verifiers give a token, and what it may take to be signed and sent.
KEPT_S = ACCESS_TOKEN_S + 60.0


log = structlog.get_logger("tokens")


@dataclass(frozen=True, slots=True)
class Revoked:
    """The user's tokens of a version below this one are refused."""

    user_id: str
    token_version: int


@dataclass(frozen=True, slots=True)
class Page:
    """What was added to the list. `sync_token` asks for what comes after; `more` is there."""

    revoked: Iterable[Revoked]
    sync_token: str
    more: bool = False


# Answers what was added since the sync token; the whole list to an empty one.
ListRevoked = Callable[[str], Page]


class Revocations:
    """A verifier's copy of the list: written by one thread at a time, read by any."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until: dict[str, tuple[int, float]] = {}
        self._missed = 0
        self.sync_token = ""

    def __len__(self) -> int:
        return len(self._until)

    def refuse(self, caller: Caller) -> bool:
        """Whether the token that made this caller was revoked. Asked at every call."""
        entry = self._until.get(caller.user_id)
        return entry is not None and caller.token_version < entry[0]

    def take(self, page: Page) -> None:
        """Add these, and forget what no token can be old enough for any more."""
        now = self._clock()
        kept = {user_id: entry for user_id, entry in self._until.items() if entry[1] > now}
        for one in page.revoked:
            version, _ = kept.get(one.user_id, (0, 0.0))
            kept[one.user_id] = (max(version, one.token_version), now + KEPT_S)
        self._until = kept  # at once, for those that read
        self.sync_token = page.sync_token
        if self._missed >= MISSES_UNTOLD:
            log.info("revocations_read_again")
        self._missed = 0

    def miss(self, error: str) -> None:
        """The list could not be read: keep the copy, and read all of it next time."""
        self.sync_token = ""
        self._missed += 1
        if self._missed == MISSES_UNTOLD:
            log.warning("revocations_unread", error=error)


def lists_revocations(method: Method) -> bool:
    """Whether this is the RPC that every verifier asks each second."""
    options: Any = method.descriptor.GetOptions()
    return bool(options.Extensions[options_pb2.lists_revoked_tokens])


def revocations_method(contract: Contract) -> Method | None:
    """The RPC that lists them; None where the contract has none."""
    return next(filter(lists_revocations, contract), None)


def page_of(response: message.Message) -> Page:
    """That RPC's answer."""
    answer: Any = response
    revoked = [Revoked(one.user_id, one.token_version) for one in answer.revoked_tokens]
    return Page(revoked, answer.sync_token, answer.more)
