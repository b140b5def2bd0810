"""The worker's side: runs the steps that a bell names, and what each frees."""

import random
import time
from collections.abc import Callable, Collection
from uuid import UUID

import structlog
from django.db import close_old_connections

from mesh.context import Call, new_request_id, serving
from mesh.outbox import claims, conf
from mesh.outbox.errors import LeaseLost, Park, RetryLater, described
from mesh.outbox.steps import StepContext, handler_of

log = structlog.get_logger("outbox")

RETRY_FIRST_S = 1.0


def run_steps(ids: Collection[UUID], *, stopping: Callable[[], bool] = lambda: False) -> int:
    """Run those of the steps that are free, in order; answers how many were run.

    After each, the next of its key is run too, as nobody rings for a step that waited for
    another. What another worker holds is left to it.
    """
    close_old_connections()
    ran, after_key = 0, ""
    try:
        while not stopping() and (step := _claimed(ids, after_key)):
            _run(step)
            ran, after_key = ran + 1, step.key
    finally:
        close_old_connections()
    return ran


def _claimed(ids: Collection[UUID], after_key: str) -> StepContext | None:
    deadline = time.monotonic() + conf.lease_s() * conf.BUDGET_SHARE
    row = claims.take(ids, after_key=after_key)
    return StepContext(**row, deadline=deadline) if row else None


def _run(step: StepContext) -> None:
    call = Call(
        method=f"step/{step.kind}",
        request_id=step.request_id or new_request_id(),
        deadline=step.deadline,
        traceparent=step.traceparent,
    )
    with serving(call):
        try:
            _handle(step)
        except LeaseLost:
            log.warning("step_lease_lost", step_id=str(step.id), kind=step.kind)
        except Park as error:
            _park(step, error.reason)
        except RetryLater as error:
            claims.retry(
                step.id,
                step.token,
                attempts=step.attempts - 1,
                delay_s=error.delay_s,
                error="",
            )
        except Exception as error:  # noqa: BLE001  # whatever a handler raises
            _failed(step, described(error))


def _handle(step: StepContext) -> None:
    if step.attempts > conf.max_attempts():
        # Attempts count from the claim on, so a step that kills its worker ends here too.
        raise Park(f"its worker ended {conf.max_attempts()} times without an answer")
    handler_of(step.kind)(step)
    if not step.finished:
        claims.finish(step.id, step.token)
    log.info("step_done", step_id=str(step.id), kind=step.kind, attempts=step.attempts)


def _failed(step: StepContext, error: str) -> None:
    if step.attempts >= conf.max_attempts():
        return _park(step, error)
    # A connection that broke under the handler would break this statement as well.
    close_old_connections()
    delay_s = backoff_s(step.attempts)
    claims.retry(step.id, step.token, attempts=step.attempts, delay_s=delay_s, error=error)
    log.warning(
        "step_failed",
        step_id=str(step.id),
        kind=step.kind,
        attempts=step.attempts,
        error=error,
        retry_in_s=round(delay_s, 1),
    )


def _park(step: StepContext, error: str) -> None:
    close_old_connections()
    claims.park(step.id, step.token, error=error)
    log.error("step_parked", step_id=str(step.id), kind=step.kind, error=error)


def backoff_s(attempts: int) -> float:
    """Doubles with each failure up to a cap; jitter keeps steps that failed together apart."""
    delay_s = min(RETRY_FIRST_S * 2.0 ** (attempts - 1), conf.RETRY_MOST_S)
    return delay_s * random.uniform(0.75, 1.25)  # noqa: S311  # spreads load, guards nothing
