"""The worker's side: runs the steps that a message names, and the next ones of their keys."""

import random
import time
from collections.abc import Callable, Collection, Iterator
from uuid import UUID

import structlog
from django.db import InterfaceError, OperationalError, close_old_connections
from google.rpc import code_pb2

from mesh.context import Call, new_request_id, serving
from mesh.core.errors import DomainError, described
from mesh.outbox import conf, leases
from mesh.outbox.errors import LeaseLost, Park, RetryLater
from mesh.outbox.steps import Batch, StepContext, handler_of
from mesh.telemetry import tracing
from mesh.telemetry.metrics import STEP_DURATION, STEP_THREADS_BUSY
from mesh.telemetry.spans import Kind, NullSpan

log = structlog.get_logger("outbox")

# Acquiring costs as much as a short step, so the steps that follow a short one are acquired
# together. They are given back if one turns out slow, as another worker may be free for them.
ACQUIRED_AT_ONCE = 5
HELD_MOST_S = 1.0
RETRY_FIRST_S = 1.0
WRITE_AGAIN_S = 0.5
# The last is what one that is overrun answers with.
_AWAY = {code_pb2.UNAVAILABLE, code_pb2.DEADLINE_EXCEEDED, code_pb2.RESOURCE_EXHAUSTED}


def run_steps(ids: Collection[UUID], *, stopping: Callable[[], bool] = lambda: False) -> int:
    """Runs those of the steps that are free, in order. Returns how many were run.

    The next steps of their keys are run after them, as the relay enqueues no step that waits
    for another. A step that another worker holds is left to it.
    """
    close_old_connections()
    ran = 0
    try:
        with Batch() as batch:
            for step in _acquired(ids, batch, stopping):
                _run(step)
                ran += 1
    finally:
        close_old_connections()
    return ran


def _acquired(
    ids: Collection[UUID], batch: Batch, stopping: Callable[[], bool]
) -> Iterator[StepContext]:
    """Yields free steps to run one after another: of `ids`, then the next ones of their keys.

    Of those acquired together it gives back what would begin late or while stopping.
    """
    keys, most = set[str](), 1
    while not stopping():
        deadline = time.monotonic() + conf.budget_s()
        rows = leases.acquire(ids, after=keys, most=most)
        steps = [StepContext(**row, deadline=deadline, batch=batch) for row in rows]
        if not steps:
            return
        for number, step in enumerate(steps):
            if number > 0 and (stopping() or _is_late(step)):  # the first is run in any case
                for left in steps[number:]:
                    _give_back(left, attempts=left.attempts - 1, delay_s=0)
                break
            yield step
        keys = {step.key for step in steps}
        most = 1 if _is_late(steps[0]) else ACQUIRED_AT_ONCE


def _is_late(step: StepContext) -> bool:
    return step.remaining_s() < conf.budget_s() - HELD_MOST_S


def _run(step: StepContext) -> None:
    call = Call(
        method=f"step/{step.kind}",
        request_id=step.request_id or new_request_id(),
        deadline=step.deadline,
        traceparent=step.traceparent,
    )
    started = time.perf_counter()
    with _step_span(step) as span, serving(call), STEP_THREADS_BUSY.track_inprogress():
        outcome = _outcome(step)
        span.set("outbox.step.outcome", outcome)
        if outcome in ("failed", "parked", "lost"):
            span.fail(outcome)
    STEP_DURATION.labels(step.kind, outcome).observe(time.perf_counter() - started)


def _step_span(step: StepContext) -> NullSpan:
    """Returns the span of a step: in the trace that enqueued it, linked to the message's span."""
    return tracing.span(
        f"process {step.kind}",
        Kind.CONSUMER,
        {
            "messaging.system": "outbox",
            "messaging.operation.type": "process",
            "messaging.destination.name": step.kind,
            "messaging.message.id": str(step.id),
            "outbox.step.attempts": step.attempts,
        },
        parent=step.traceparent,
        links=[tracing.traceparent()],
    )


def _outcome(step: StepContext) -> str:
    """Runs the step. Returns how that ended."""
    try:
        _handle(step)
    except LeaseLost:
        log.warning("step_lease_lost", step_id=str(step.id), kind=step.kind)
        return "lost"
    except Park as error:
        return _park(step, error.reason)
    except RetryLater as error:
        _give_back(step, attempts=step.attempts - 1, delay_s=error.delay_s)
        return "waiting"
    except Exception as error:  # noqa: BLE001  # whatever a handler raises
        return _failed(step, error)
    return "done"


def _handle(step: StepContext) -> None:
    if step.attempts > conf.max_attempts():
        # Attempts count when a step is acquired, so a step that kills its worker ends here too.
        raise Park(f"its worker ended {conf.max_attempts()} times without an answer")
    started = time.perf_counter()
    handler_of(step.kind)(step)
    if not step.finished:
        leases.finish(step.id, step.token)
    log.info(
        "step_done",
        step_id=str(step.id),
        kind=step.kind,
        attempts=step.attempts,
        duration_ms=round((time.perf_counter() - started) * 1000, 1),
    )


def _failed(step: StepContext, error: Exception) -> str:
    """Has the step tried again later. A peer being away is not its fault and never parks it."""
    away, last = is_away(error), step.attempts >= conf.max_attempts()
    if last and not away:
        return _park(step, described(error))
    delay_s = backoff_s(step.attempts, conf.AWAY_MOST_S if away else conf.RETRY_MOST_S)
    attempts = step.attempts - 1 if last else step.attempts
    _give_back(step, attempts=attempts, delay_s=delay_s, error=described(error))
    log.warning(
        "step_failed",
        step_id=str(step.id),
        kind=step.kind,
        attempts=step.attempts,
        error=described(error),
        retry_in_s=round(delay_s, 1),
    )
    return "failed"


def _park(step: StepContext, error: str) -> str:
    _write(step, lambda: leases.park(step.id, step.token, error=error))
    log.error("step_parked", step_id=str(step.id), kind=step.kind, error=error)
    return "parked"


def _give_back(step: StepContext, *, attempts: int, delay_s: float, error: str = "") -> None:
    def write() -> None:
        leases.retry(step.id, step.token, attempts=attempts, delay_s=delay_s, error=error)

    _write(step, write)


def _write(step: StepContext, write: Callable[[], None]) -> None:
    """Writes a claim's end, while there is time, as soon as the database is back.

    If it is not written, the step waits for the end of its lease.
    """
    while True:
        # A connection that broke under the handler would break this statement as well.
        close_old_connections()
        try:
            return write()
        except (OperationalError, InterfaceError):
            if step.remaining_s() < WRITE_AGAIN_S:
                raise
            time.sleep(WRITE_AGAIN_S)


def is_away(error: Exception) -> bool:
    """Returns whether whom the step needs is away: down, out of time, or overrun."""
    return isinstance(error, DomainError) and error.code in _AWAY


def backoff_s(attempts: int, most_s: float) -> float:
    """Returns a delay, doubled with each failure; jitter keeps apart steps that failed together."""
    delay_s = min(RETRY_FIRST_S * 2.0 ** (attempts - 1), most_s)
    return delay_s * random.uniform(0.75, 1.25)  # noqa: S311  # spreads load, guards nothing
