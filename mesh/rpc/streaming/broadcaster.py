"""Serves all subscriptions of a process on one thread that reads and one that sends."""

import threading
import time
from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import structlog
from django.db import InterfaceError, OperationalError

from mesh.auth.revocations import Revocations
from mesh.auth.tokens import TokenRevoked
from mesh.context import serving
from mesh.core.errors import Internal, described
from mesh.rpc.streaming.listener import Listener
from mesh.rpc.streaming.open_streams import TooManyStreams
from mesh.rpc.streaming.subscription import Registry, Subscription
from mesh.rpc.streaming.watch import Event, Watch
from mesh.telemetry.metrics import RPC_WATCHERS

KEYS_AT_ONCE = 200
# A client that does not read for so long holds up all others, and its stream is aborted.
READ_WITHIN_S = 2.0


class Delivery:
    """Reads events for many subscriptions at once, and sends them to each."""

    def __init__(self) -> None:
        self._sender = ThreadPoolExecutor(1, thread_name_prefix="watch-send")

    def deliver(self, woken: list[Subscription]) -> None:
        """Sends each subscription its new events. Raises when the database is away."""
        of_watch: dict[Watch, dict[str, list[Subscription]]] = defaultdict(
            lambda: defaultdict(list)
        )
        for subscription in woken:
            of_watch[subscription.watch][subscription.key].append(subscription)
        for watch, by_key in of_watch.items():
            keys = list(by_key)
            for start in range(0, len(keys), KEYS_AT_ONCE):
                some = {key: by_key[key] for key in keys[start : start + KEYS_AT_ONCE]}
                self._deliver(watch, some)

    def close(self) -> None:
        self._sender.shutdown()

    def _deliver(self, watch: Watch, by_key: dict[str, list[Subscription]]) -> None:
        positions = {key: min(one.after for one in those) for key, those in by_key.items()}
        events: dict[str, list[Event]] = defaultdict(list)
        try:
            for event in watch.events_after(positions):
                events[event.key].append(event)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            log.exception("watch_failed", channel=watch.channel)
            for subscription in (one for those in by_key.values() for one in those):
                subscription.fail(Internal("something went wrong on our side"))
            return
        for key, those in by_key.items():
            for subscription in those:
                self._give(subscription, events[key])

    def _give(self, subscription: Subscription, events: list[Event]) -> None:
        given = self._sender.submit(subscription.give, events)
        try:
            given.result(READ_WITHIN_S)
        except TimeoutError:
            subscription.abort()


MAX_SUBSCRIPTIONS = 10_000
# So much sooner than its deadline, at most, a stream ends by itself.
LOOKS_EVERY_S = 0.25
AFTER_ERROR_S = 1.0

log = structlog.get_logger("watch")


class Broadcaster:
    """Runs from the first subscription until it is closed, through outages of the database."""

    def __init__(self, watches: Iterable[Watch], revocations: Revocations) -> None:
        self._channels = {watch.channel for watch in watches}
        self._revocations = revocations
        self._registry = Registry()
        self._changing = threading.Lock()  # the three below
        self._closed = False
        self._listener: Listener | None = None
        self._thread: threading.Thread | None = None

    def __len__(self) -> int:
        return len(self._registry)

    def check_room(self) -> None:
        """Raises TooManyStreams when there are as many subscriptions as one process takes."""
        if len(self) >= MAX_SUBSCRIPTIONS:
            raise TooManyStreams("too many are watching", retry_after_s=5.0)

    def add(self, subscription: Subscription) -> None:
        with self._changing:
            if self._closed:
                subscription.end("stopped")
                return
            self._registry.add(subscription)
            self._start_or_wakeup()
        RPC_WATCHERS.inc()
        subscription.on_close(lambda: self._over(subscription))

    def close(self) -> None:
        """Ends every stream, so that clients subscribe elsewhere; a repeat does nothing."""
        with self._changing:
            self._closed = True
            listener, self._listener = self._listener, None
        if listener is None or self._thread is None:
            return
        listener.wakeup()
        self._thread.join()
        listener.close()
        for subscription in self._registry.everyone():
            subscription.end("stopped")

    def _start_or_wakeup(self) -> None:
        if self._listener is None:
            self._listener = Listener(self._channels)
            self._thread = threading.Thread(target=self._run, args=[self._listener], daemon=True)
            self._thread.start()
        self._listener.wakeup()

    def _run(self, listener: Listener) -> None:
        with closing(Delivery()) as delivery:
            while not self._closed:
                self._end_those_due()
                try:
                    self._serve(listener, delivery)
                except Exception as error:  # noqa: BLE001  # whatever the database does
                    log.warning("watch_interrupted", error=described(error))
                    listener.disconnect()
                    time.sleep(AFTER_ERROR_S)
            listener.disconnect()

    def _serve(self, listener: Listener, delivery: Delivery) -> None:
        """Delivers, then waits for a notification, a subscription or the next check."""
        if listener.listen():
            self._registry.wake_everyone()
        delivery.deliver(self._registry.take_woken())
        for topic in listener.heard(LOOKS_EVERY_S if self._registry else None):
            self._registry.wake(topic)

    def _end_those_due(self) -> None:
        for subscription in self._registry.everyone():
            if subscription.call.budget_s() < LOOKS_EVERY_S:
                subscription.end("deadline")
            elif self._revocations.refuse(subscription.call.caller):
                subscription.fail(TokenRevoked())

    def _over(self, subscription: Subscription) -> None:
        self._registry.remove(subscription)
        RPC_WATCHERS.dec()
        with serving(subscription.call):
            log.info("watched", outcome=subscription.outcome or "gone", events=subscription.sent)
