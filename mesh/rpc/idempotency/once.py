"""Stores the response of a request in the transaction of its effect, and replays it."""

import hashlib
import hmac
from collections.abc import Callable
from typing import Any, TypeVar, cast
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from google.protobuf import message, message_factory

from mesh import context
from mesh.core.failpoints import failpoint
from mesh.rpc.idempotency.errors import RequestIdReused, RequestInProgress
from mesh.rpc.idempotency.models import StoredResponse

KEEP_HOURS = 24
PRUNE_BATCH = 5_000

ResponseT = TypeVar("ResponseT", bound=message.Message)


def fingerprint(request: message.Message) -> bytes:
    """Returns a keyed digest of a request without its id; equal requests have equal digests."""
    content = type(request)()
    content.CopyFrom(request)
    content.ClearField("request_id")
    serialized = content.SerializeToString(deterministic=True)
    return hmac.digest(settings.SECRET_KEY.encode(), serialized, hashlib.sha256)


def response_class(method: str, request: message.Message) -> type[message.Message]:
    """Returns the response class of `/package.Service/Method`, from the request's pool."""
    name = method.lstrip("/").replace("/", ".")
    method_descriptor: Any = request.DESCRIPTOR.file.pool.FindMethodByName(name)
    return message_factory.GetMessageClass(method_descriptor.output_type)


def replay(*, subject: str, method: str, request: message.Message) -> bytes | None:
    """Returns the serialized response that this request got before; None without one.

    Raises RequestIdReused when its id was used for a different request.
    """
    request_id: str = request.request_id  # type: ignore[attr-defined]  # callers made sure
    stored = (
        StoredResponse.objects.filter(subject=subject, method=method, request_id=request_id)
        .values_list("fingerprint", "response")
        .first()
    )
    if stored is None:
        return None
    if not hmac.compare_digest(stored[0], fingerprint(request)):
        raise RequestIdReused("this request_id was used for another request")
    return bytes(stored[1])


def once(request: message.Message, run: Callable[[], ResponseT]) -> ResponseT:
    """Runs `run` in one transaction and stores its response; a repeat gets that response.

    A request without a request_id is run every time. Raises RequestInProgress while the
    same request is being run elsewhere, RequestIdReused, and what `run` raises: then
    nothing is stored and nothing takes effect.
    """
    response = _stored_once(request, run)
    failpoint("request.committed")
    return response


def _stored_once(request: message.Message, run: Callable[[], ResponseT]) -> ResponseT:
    request_id: str = request.request_id  # type: ignore[attr-defined]  # callers made sure
    with transaction.atomic(durable=True):
        if not request_id:
            return run()
        call = context.serving_now()
        subject, method = call.caller.subject, call.method
        if not _locked(subject, method, request_id):
            raise RequestInProgress("the same request is in progress", retry_after_s=1.0)
        # Only under the lock is it certain that no other process has just stored one.
        stored = replay(subject=subject, method=method, request=request)
        if stored is not None:
            call.replayed = True
            return cast(ResponseT, response_class(method, request).FromString(stored))
        response = run()
        StoredResponse.objects.create(
            subject=subject,
            method=method,
            request_id=request_id,
            fingerprint=fingerprint(request),
            response=response.SerializeToString(),
        )
        return response


def _locked(subject: str, method: str, request_id: str) -> bool:
    """Returns whether this transaction got the request's lock, held until it ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"request {subject} {method} {request_id}"],
        )
        return bool(cursor.fetchone()[0])


def prune() -> int:
    """Deletes a batch of the responses kept long enough. Returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            DELETE FROM idempotency_storedresponse WHERE id = ANY(ARRAY(
                SELECT id FROM idempotency_storedresponse
                WHERE create_time < now() - make_interval(hours => %s)
                ORDER BY create_time LIMIT %s FOR UPDATE SKIP LOCKED
            ))
            """,
            [KEEP_HOURS, PRUNE_BATCH],
        )
        return int(cursor.rowcount)


def forget(*, mentioning: UUID) -> None:
    """Deletes the responses that contain this id, as part of erasing what it stands for.

    It reads all responses kept, a day's at most: erasure is rare, and needs no index of its own.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM idempotency_storedresponse WHERE position(%s::bytea IN response) > 0",
            [str(mentioning).encode()],
        )
