"""A request's claim on being the one of its repeats that takes effect.

A claim is the row of the stored response, inserted under an advisory lock. The lock tells a
request in progress from one that has ended, and its holder never waits for the row.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self
from uuid import uuid4

from django.conf import settings
from google.protobuf import message

from mesh.context import Call
from mesh.contract.classes import response_class
from mesh.db.sql import execute, row
from mesh.rpc.idempotency.errors import RequestIdReused

# A statement can't see what was committed after its snapshot, so it can't take the lock and
# read the stored response. The unique index sees everything, so it can take the lock and insert.
# LOCK is selected of what has the columns of a request.
LOCK = """pg_try_advisory_xact_lock(
    hashtextextended('request ' || subject || ' ' || %(method)s::text || ' ' || request_id, 0))"""
# What is stored of several claims, which `place` counts from 1. LIMIT keeps the planner from
# reading the whole table where it believes that there is nothing in it.
FIND_EACH = """
    SELECT place, stored.fingerprint, stored.response
    FROM unnest(
        (SELECT %(subjects)s::text[])::text[], (SELECT %(request_ids)s::text[])::text[]
    ) WITH ORDINALITY AS request (subject, request_id, place),
    LATERAL (
        SELECT fingerprint, response FROM idempotency_storedresponse
        WHERE subject = request.subject AND method = %(method)s
            AND request_id = request.request_id
        LIMIT 1
    ) AS stored
"""
# Followed by `FROM` what has a row, with the columns selected, for each claim that is to be made.
INSERT_EACH = """
    INSERT INTO idempotency_storedresponse (subject, method, request_id, fingerprint, response)
    SELECT subject, %(method)s::text, request_id, fingerprint, response
"""
UNLESS_CLAIMED = "ON CONFLICT (subject, method, request_id) DO NOTHING"
_CLAIM = f"""
    {INSERT_EACH} FROM (
        SELECT %(subject)s AS subject, %(request_id)s AS request_id,
            %(fingerprint)s AS fingerprint, ''::bytea AS response
    ) AS request
    WHERE {LOCK} {UNLESS_CLAIMED} RETURNING id
"""
_STORE = "UPDATE idempotency_storedresponse SET response = %s WHERE id = %s"


class NotClaimed(NamedTuple):
    """A statement wrote nothing; unless it had `locked` the request, that is in progress."""

    locked: bool


@dataclass(frozen=True, slots=True)
class Claim:
    """One caller's request to one method, by the `request_id` that the caller chose.

    `call` is what the request came by.
    """

    subject: str
    method: str
    request_id: str
    fingerprint: bytes
    response_class: type[message.Message]
    call: Call

    @classmethod
    def of(cls, request: message.Message, call: Call) -> Self:
        """Returns the claim of a call; one without an id is like no other."""
        return cls(
            subject=call.caller.subject,
            method=call.method,
            request_id=request.request_id or str(uuid4()),  # type: ignore[attr-defined]  # callers made sure
            fingerprint=fingerprint(request),
            response_class=response_class(call.method, request.DESCRIPTOR),
            call=call,
        )

    def insert(self) -> int | None:
        """Inserts the row, without a response yet, in the current transaction. Returns its id.

        None when the same request is in progress, or has been responded to.
        """
        values = {
            "subject": self.subject,
            "method": self.method,
            "request_id": self.request_id,
            "fingerprint": self.fingerprint,
        }
        inserted = row(_CLAIM, values)
        return None if inserted is None else int(inserted[0])

    def store(self, row_id: int, response: message.Message) -> None:
        execute(_STORE, [response.SerializeToString(), row_id])

    def stored_response(self) -> message.Message | None:
        """Returns the response that the request got before; None without one.

        Marks the call as replayed. Raises RequestIdReused when the `request_id` was used for a
        different request.
        """
        stored = row(FIND_EACH, values_of([self]))
        return None if stored is None else self.replayed(*stored[1:])

    def replayed(self, stored_fingerprint: bytes, response: bytes) -> message.Message:
        """Returns a stored response as that of this request. Raises RequestIdReused."""
        if not hmac.compare_digest(stored_fingerprint, self.fingerprint):
            raise RequestIdReused
        self.call.replayed = True
        return self.response_class.FromString(response)


def values_of(claims: Sequence[Claim]) -> dict[str, Any]:
    """Returns what the statements for several claims of one method need."""
    return {
        "method": claims[0].method,
        "subjects": [claim.subject for claim in claims],
        "request_ids": [claim.request_id for claim in claims],
    }


def fingerprint(request: message.Message) -> bytes:
    """Returns a keyed digest of a request without its id; equal requests have equal digests."""
    content = type(request)()
    content.CopyFrom(request)
    content.ClearField("request_id")
    serialized = content.SerializeToString(deterministic=True)
    return hmac.digest(settings.SECRET_KEY.encode(), serialized, hashlib.sha256)
