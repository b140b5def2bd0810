"""The Celery side of a service: its app, its worker, its relay.

Celery carries nothing but the ids of steps, so a message that is lost, repeated or late
costs time and never work.
"""

import logging
import os
import signal
import threading
import warnings
from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import UUID

from celery import Celery, Task
from celery.platforms import SecurityWarning
from celery.signals import setup_logging, worker_ready, worker_shutting_down
from celery.worker.request import Request
from django.conf import settings
from kombu.asynchronous import Hub

from mesh.core.redis_clients import celery_broker
from mesh.outbox.relay import relay
from mesh.outbox.runner import run_steps
from mesh.telemetry import tracing
from mesh.telemetry.metrics import READY, STEP_THREADS_LIMIT, TASK_DURATION
from mesh.telemetry.spans import Kind, NullSpan

RUN_STEPS = "outbox.run_steps"
# With so many messages in the queue the workers are behind; more would only pile up, and
# the steps are as safe in the database.
QUEUE_ROOM = 30
# A message names several steps when many are due, as it costs more than a short step; few
# enough that a slow step does not keep many waiting.
IDS_PER_MESSAGE = 20
MESSAGES_AT_ONCE = 8


class CeleryQueue:
    """The queue of a Celery app. Its methods raise what the app's broker raises when it is away."""

    def __init__(self, app: Celery) -> None:
        self._app = app
        self._queue: str = app.conf.task_default_queue

    def has_room(self) -> bool:
        with self._app.pool.acquire(block=True) as connection:
            return bool(connection.default_channel.client.llen(self._queue) < QUEUE_ROOM)

    def enqueue(self, ids: Sequence[UUID]) -> None:
        size = min(IDS_PER_MESSAGE, -(-len(ids) // MESSAGES_AT_ONCE))
        with (
            queue_span("send", self._queue, Kind.PRODUCER),
            self._app.producer_pool.acquire(block=True) as producer,
        ):
            headers = {"traceparent": tracing.traceparent()}
            for start in range(0, len(ids), size):
                named = [str(step_id) for step_id in ids[start : start + size]]
                self._app.send_task(
                    RUN_STEPS, args=[named], headers=headers, producer=producer, retry=False
                )


def queue_span(operation: str, queue: str, kind: Kind, parent: str = "") -> NullSpan:
    """Returns the span of a message, which begins a trace of its own.

    One message names steps of many traces, and the span of each step links to the message's.
    """
    attributes = {
        "messaging.system": "celery",
        "messaging.operation.type": operation,
        "messaging.operation.name": RUN_STEPS,
        "messaging.destination.name": queue,
    }
    return tracing.span(f"{operation} {queue}", kind, attributes, parent=parent)


STOP_WITHIN_S = 8.0
# Without them a paused Redis hangs whoever talks to it.
SOCKET = {"socket_timeout": 5.0, "socket_connect_timeout": 2.0, "socket_keepalive": True}

_stopping = threading.Event()


class StepsMessage(Request):  # type: ignore[misc]  # celery ships no types
    """A message that a worker has taken, with an acknowledgement that may fail.

    When Redis does not take an acknowledgement, Celery says so and goes on. But a worker
    whose threads are all busy waits for no further message, and would never hear that its
    connection is gone. So an acknowledgement may fail in the worker's loop, which then
    connects anew.
    """

    # The worker's loop. Once the worker has connected anew, kombu's `get_event_loop` no longer
    # returns it.
    loop: ClassVar[Hub]
    acknowledged: bool

    def acknowledge(self) -> None:
        if not self.acknowledged:
            self.acknowledged = True
            self.loop.call_soon(self.message.ack)  # type: ignore[no-untyped-call]  # kombu has no types


def make_app(service: str) -> Celery:
    """Returns the service's Celery app: one queue, named after the service, and one task."""
    broker, transport_options = celery_broker(settings.REDIS_URL, SOCKET)
    app = Celery(
        service,
        broker=broker,
        set_as_current=False,
        # Celery's fix-up for Django runs Django's system checks, which load the pages for staff.
        fixups=(),
    )
    app.conf.update(
        task_default_queue=service,
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_serializer="json",
        accept_content=["json"],
        # A message that a busy worker holds would wait while another worker is free.
        worker_prefetch_multiplier=1,
        worker_enable_remote_control=False,
        worker_hijack_root_logger=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options=transport_options,
    )
    app.task(_run_steps, name=RUN_STEPS, bind=True, Request=StepsMessage)
    return app


def _run_steps(task: Task, ids: list[str]) -> None:
    queue, sender = task.app.conf.task_default_queue, (task.request.headers or {})
    with (
        queue_span("process", queue, Kind.CONSUMER, sender.get("traceparent", "")),
        TASK_DURATION.labels(queue, RUN_STEPS).time(),
    ):
        run_steps([UUID(step_id) for step_id in ids], stopping=_stopping.is_set)


def run_worker(app: Celery, *, concurrency: int, with_relay: bool) -> None:
    """Runs steps until SIGTERM or SIGINT; then ends those begun, within STOP_WITHIN_S.

    Threads of one process, as steps mostly wait for the network. `with_relay` runs the
    relay in one more thread.
    """
    STEP_THREADS_LIMIT.set(concurrency)
    # Celery warns a worker that runs as root of pickle, which this app does not accept.
    warnings.filterwarnings("ignore", category=SecurityWarning)
    worker = app.Worker(
        pool="threads",
        concurrency=concurrency,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        quiet=True,
    )
    StepsMessage.loop = worker.hub
    if with_relay:
        threading.Thread(target=relay, args=(CeleryQueue(app), _stopping), name="relay").start()
    try:
        worker.start()
    finally:
        _stopping.set()


def run_relay(app: Celery) -> None:
    """Relays until SIGTERM or SIGINT; then stops within STOP_WITHIN_S."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: _stop())
    relay(CeleryQueue(app), _stopping)


@setup_logging.connect  # type: ignore[untyped-decorator]  # celery ships no types
def _keep_our_logging(**_: Any) -> None:
    """Keeps Celery from configuring logging over the service's, by being a receiver.

    Celery would log each message twice, and the runner logs each step.
    """
    for name in ("celery.worker.strategy", "celery.app.trace"):
        logging.getLogger(name).setLevel(logging.WARNING)


@worker_ready.connect  # type: ignore[untyped-decorator]  # the same
def _say_ready(**_: Any) -> None:
    READY.labels("steps").set(True)


@worker_shutting_down.connect  # type: ignore[untyped-decorator]  # the same
def _stop(**_: Any) -> None:
    """Begins nothing new and ends the process in time; a step that is cut off is run again."""
    _stopping.set()
    timer = threading.Timer(STOP_WITHIN_S, os._exit, args=(0,))
    timer.daemon = True
    timer.start()
