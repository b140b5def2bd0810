"""Reads what happened, for many watchers at once, and sends it to each."""

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor

import structlog
from django.db import InterfaceError, OperationalError

from mesh.core.errors import Internal
from mesh.watching.watch import Event, Watch
from mesh.watching.watcher import Watcher

KEYS_AT_ONCE = 200
# A client that does not read for so long holds up all others: it is cut off.
TAKEN_WITHIN_S = 2.0

log = structlog.get_logger("watch")


class Delivery:
    def __init__(self) -> None:
        self._sender = ThreadPoolExecutor(1, thread_name_prefix="watch-send")

    def deliver(self, woken: list[Watcher]) -> None:
        """Send each of them what it has not got. Raises when the database is away."""
        of_watch: dict[Watch, dict[str, list[Watcher]]] = defaultdict(lambda: defaultdict(list))
        for watcher in woken:
            of_watch[watcher.watch][watcher.key].append(watcher)
        for watch, by_key in of_watch.items():
            keys = list(by_key)
            for start in range(0, len(keys), KEYS_AT_ONCE):
                some = {key: by_key[key] for key in keys[start : start + KEYS_AT_ONCE]}
                self._deliver(watch, some)

    def close(self) -> None:
        self._sender.shutdown()

    def _deliver(self, watch: Watch, by_key: dict[str, list[Watcher]]) -> None:
        positions = {key: min(one.after for one in those) for key, those in by_key.items()}
        events: dict[str, list[Event]] = defaultdict(list)
        try:
            for event in watch.events_after(positions):
                events[event.key].append(event)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            log.exception("watch_failed", channel=watch.channel)
            for watcher in (one for those in by_key.values() for one in those):
                watcher.fail(Internal("something went wrong on our side"))
            return
        for key, those in by_key.items():
            for watcher in those:
                self._give(watcher, events[key])

    def _give(self, watcher: Watcher, events: list[Event]) -> None:
        given = self._sender.submit(watcher.give, events)
        try:
            given.result(TAKEN_WITHIN_S)
        except TimeoutError:
            watcher.cut_off()
