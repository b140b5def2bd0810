"""Open streams, and the registry of what they are subscribed to."""

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import grpc
from google.protobuf import message
from grpc_status import rpc_status

from mesh.context import Call
from mesh.core.errors import DomainError, to_status
from mesh.rpc.streaming.watch import Event, Watch, WatchTarget
from mesh.rpc.trailers import add_trailers

# A header of a stream that was opened and has no event yet. Headers without it prove nothing:
# they come with an event, or with an error, too.
WAITING = "x-mesh-waiting"

Send = Callable[[message.Message | None], None]


def call_on_close(context: grpc.ServicerContext, callback: Callable[[], None]) -> None:
    """Calls back when the RPC is over, for whatever reason; at once if it is over already."""
    if not context.add_callback(callback):
        callback()


# Channel and payload of a notification.
Topic = tuple[str, str]


class Subscription:
    """One open stream; used by one thread, but for `abort`, until it has an `outcome`.

    `send` is grpcio's, of a handler that does not hold its thread. It returns once the
    message is on its way, which a client that does not read can hold up.
    """

    def __init__(
        self,
        watch: Watch,
        target: WatchTarget,
        call: Call,
        context: grpc.ServicerContext,
        send: Send,
    ) -> None:
        self.watch = watch
        self.call = call
        self.key = target.key
        self.topic: Topic = (watch.channel, target.key)
        self.after = target.after  # the `seq` of the last event that was sent
        self.sent = 0
        self.outcome = ""
        self._ended = target.ended
        self._context: Any = context  # the stubs know less of it
        self._send = send
        self._sent_waiting = False

    def give(self, events: list[Event]) -> None:
        """Sends the events after the last one; blocks while the client does not read."""
        if self.outcome:
            return
        for event in events:
            if event.seq > self.after:
                self._send(event.message)
                self.after, self.sent = event.seq, self.sent + 1
                if event.final:
                    self.end("final")
                    return
        if self._ended:
            self.end("final")
        else:
            self._send_waiting()

    def end(self, outcome: str) -> None:
        if not self.outcome:
            self.outcome = outcome
            self._send(None)

    def fail(self, error: DomainError) -> None:
        if not self.outcome:
            status = rpc_status.to_status(to_status(error))
            self._context.set_code(status.code)
            self._context.set_details(status.details)
            add_trailers(self._context, *status.trailing_metadata)
            self.end(error.reason)

    def abort(self) -> None:
        """Ends the stream of a client that does not read, and so frees the thread that sends."""
        self.outcome = "abort"
        self._context.cancel()

    def on_close(self, callback: Callable[[], None]) -> None:
        call_on_close(self._context, callback)

    def _send_waiting(self) -> None:
        """Sends the client the header WAITING, unless it or an event was sent."""
        if self.sent or self._sent_waiting:
            return
        self._sent_waiting = True
        with suppress(grpc.RpcError):  # the client is gone
            self._context.send_initial_metadata(((WAITING, "1"),))


class Registry:
    """All subscriptions by topic, and those with possible new events; used by any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._everyone: set[Subscription] = set()
        self._by_topic: dict[Topic, set[Subscription]] = {}
        self._woken: set[Subscription] = set()

    def __len__(self) -> int:
        return len(self._everyone)

    def everyone(self) -> list[Subscription]:
        with self._lock:
            return list(self._everyone)

    def add(self, subscription: Subscription) -> None:
        """Adds a subscription and wakes it, as there may be events already."""
        with self._lock:
            self._everyone.add(subscription)
            self._by_topic.setdefault(subscription.topic, set()).add(subscription)
            self._woken.add(subscription)

    def remove(self, subscription: Subscription) -> None:
        topic = subscription.topic
        with self._lock:
            self._everyone.remove(subscription)
            self._woken.discard(subscription)
            self._by_topic[topic].remove(subscription)
            if not self._by_topic[topic]:
                del self._by_topic[topic]

    def wake(self, topic: Topic) -> None:
        with self._lock:
            self._woken |= self._by_topic.get(topic, set())

    def wake_everyone(self) -> None:
        with self._lock:
            self._woken |= self._everyone

    def take_woken(self) -> list[Subscription]:
        with self._lock:
            woken, self._woken = self._woken, set()
            return list(woken)
