"""How a service serves a server-streaming RPC; its wiring names one `Watch` for each."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf import message


@dataclass(frozen=True, slots=True)
class WatchTarget:
    """What one request watches: the events of `key` after number `after`.

    `ended` is whether no more events of `key` will follow.
    """

    key: str
    after: int
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """An event of `key`; `seq` grows with each, and none follows a `final` one."""

    key: str
    seq: int
    message: message.Message
    final: bool = False


@dataclass(frozen=True, slots=True)
class Watch:
    """How one server-streaming RPC is served.

    `find` returns what a request watches, or raises DomainError, as a servicer would.
    `channel` is notified with a key (`pg_notify`) by the transaction that writes an event.
    `events_after` reads the events of many keys, of each after a `seq`, in order. It is called
    on a thread of its own, outside of any call.
    """

    find: Callable[[Any], WatchTarget]
    channel: str
    events_after: Callable[[Mapping[str, int]], Iterable[Event]]
