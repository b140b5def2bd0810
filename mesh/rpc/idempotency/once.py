"""Stores the response of a request in the transaction of its effect, and replays it."""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar, cast
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now
from google.protobuf import message

from mesh.context import serving_now
from mesh.core.errors import DomainError, Unavailable
from mesh.core.failpoints import failpoint
from mesh.db.pruning import delete_batches
from mesh.db.sql import execute
from mesh.rpc.idempotency.claim import Claim, NotClaimed
from mesh.rpc.idempotency.errors import RequestInProgress
from mesh.rpc.idempotency.models import StoredResponse

# How often something may change under one request.
ATTEMPTS = 10
KEEP = timedelta(hours=24)

ResponseT = TypeVar("ResponseT", bound=message.Message)


def once(request: message.Message, run: Callable[[], ResponseT]) -> ResponseT:
    """Runs `run` in one transaction and stores its response; a repeat gets that response.

    A request without a request_id is run every time. Raises RequestInProgress while the
    same request is being run elsewhere, RequestIdReused, and what `run` raises: then
    nothing is stored and nothing takes effect.
    """
    with transaction.atomic(durable=True):
        response = _run_or_replay(request, run)
    failpoint("request.committed")
    return response


def once_by(claim: Claim, attempt: Callable[[], ResponseT | DomainError | NotClaimed]) -> ResponseT:
    """Runs `attempt`, which takes effect by one statement of its own; a repeat gets its response.

    `attempt` reads without locks what it decides on, and with that what is stored (FIND_EACH).
    Its statement takes the claim's LOCK, checks that what was read is still so, claims with
    INSERT_EACH, and writes all else FROM the claim. What it returns is the response, the stored
    one too, an error, or NotClaimed when it wrote nothing: then it is tried again, unless the
    request was responded to meanwhile or is in progress.

    Raises RequestInProgress, RequestIdReused, Unavailable when too much changes meanwhile,
    and the error that `attempt` returns: then nothing is stored and nothing takes effect.
    """
    for _ in range(ATTEMPTS):
        outcome = attempt()
        if isinstance(outcome, NotClaimed):
            if (stored := claim.stored_response()) is not None:
                return cast(ResponseT, stored)
            if not outcome.locked:
                raise _in_progress()
        elif isinstance(outcome, DomainError):
            raise outcome
        else:
            failpoint("request.committed")
            return outcome
    raise Unavailable("what the request is about changed too often meanwhile")


def _in_progress() -> RequestInProgress:
    return RequestInProgress("the same request is in progress", retry_after_s=1.0)


def _run_or_replay(request: message.Message, run: Callable[[], ResponseT]) -> ResponseT:
    if not request.request_id:  # type: ignore[attr-defined]  # callers made sure
        return run()
    claim = Claim.of(request, serving_now())
    row_id = claim.insert()
    if row_id is None:
        stored = claim.stored_response()
        if stored is None:
            raise _in_progress()
        return cast(ResponseT, stored)
    response = run()
    claim.store(row_id, response)
    return response


def stored_response(request: message.Message, _: type[ResponseT]) -> ResponseT | None:
    """Returns the response that `once` stored for this request; None without one.

    For servicers that do much before `once`, or ask another service. Raises RequestIdReused.
    """
    if not request.request_id:  # type: ignore[attr-defined]  # callers made sure
        return None
    return cast("ResponseT | None", Claim.of(request, serving_now()).stored_response())


def prune() -> int:
    """Deletes a batch of the responses kept long enough. Returns how many."""
    old = StoredResponse.objects.filter(create_time__lt=Now() - KEEP)
    return delete_batches(old.order_by("create_time"))


def forget(*, mentioning: UUID) -> None:
    """Deletes the responses that contain this id, as part of erasing what it stands for.

    It reads all responses kept, a day's at most: erasure is rare, and needs no index of its own.
    """
    execute(
        "DELETE FROM idempotency_storedresponse WHERE position(%s::bytea IN response) > 0",
        [str(mentioning).encode()],
    )
