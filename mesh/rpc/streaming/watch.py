"""What a service says of a server-streaming RPC; its wiring names one for each."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf import message


@dataclass(frozen=True, slots=True)
class WatchTarget:
    """What one request watches: the events of `key` after number `after`.

    `ended` says that nothing more will happen to it.
    """

    key: str
    after: int
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to `key`; `seq` grows with each. None follows a `final` one."""

    key: str
    seq: int
    message: message.Message
    final: bool = False


@dataclass(frozen=True, slots=True)
class Watch:
    """How one server-streaming RPC is served.

    `find` says what a request watches, or raises DomainError: what a servicer would decide.
    `channel` is notified with a key (`pg_notify`) by the transaction that writes an event.
    `events_after` reads what happened to many keys, to each after a `seq`, in turn. It is
    called on a thread of its own, outside of any call.
    """

    find: Callable[[Any], WatchTarget]
    channel: str
    events_after: Callable[[Mapping[str, int]], Iterable[Event]]
