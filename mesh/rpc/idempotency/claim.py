"""A request's claim on being the one of its repeats that takes effect.

A claim is the row of the stored response, inserted under an advisory lock. The lock tells a
request in progress from one that has ended, and its holder never waits for the row.
"""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Any, Self
from uuid import uuid4

from django.conf import settings
from google.protobuf import message

from mesh import context
from mesh.contract.classes import response_class
from mesh.db.sql import execute, row
from mesh.rpc.idempotency.errors import RequestIdReused

# A statement can't see what was committed after its snapshot, so it can't take the lock and
# read the stored response. The unique index sees everything, so it can take the lock and insert.
LOCK = "pg_try_advisory_xact_lock(hashtextextended(%(lock)s, 0))"
FIND = """
    SELECT fingerprint, response FROM idempotency_storedresponse
    WHERE subject = %(subject)s AND method = %(method)s AND request_id = %(request_id)s
"""
# Between the two is `FROM` or `WHERE`: what has a row, or is so, if the claim is to be made.
INSERT = """
    INSERT INTO idempotency_storedresponse (subject, method, request_id, fingerprint, response)
    SELECT %(subject)s, %(method)s, %(request_id)s, %(fingerprint)s, %(response)s
"""
UNLESS_CLAIMED = "ON CONFLICT (subject, method, request_id) DO NOTHING RETURNING id"
_CLAIM = f"{INSERT} WHERE {LOCK} {UNLESS_CLAIMED}"
_STORE = "UPDATE idempotency_storedresponse SET response = %s WHERE id = %s"


class Responded(Exception):
    """The request got this response before."""

    def __init__(self, response: message.Message) -> None:
        super().__init__()
        self.response = response


class NotClaimed(Exception):
    """A statement wrote nothing; unless it had `locked` the request, that is in progress."""

    def __init__(self, *, locked: bool) -> None:
        super().__init__()
        self.locked = locked


@dataclass(frozen=True, slots=True)
class Claim:
    """One caller's request to one method, by the `request_id` that the caller chose."""

    subject: str
    method: str
    request_id: str
    fingerprint: bytes
    response_class: type[message.Message]

    @classmethod
    def of(cls, request: message.Message) -> Self:
        """Returns the claim of the call being served; one without an id is like no other."""
        call = context.serving_now()
        return cls(
            subject=call.caller.subject,
            method=call.method,
            request_id=request.request_id or str(uuid4()),  # type: ignore[attr-defined]  # callers made sure
            fingerprint=fingerprint(request),
            response_class=response_class(call.method, request.DESCRIPTOR),
        )

    @property
    def values(self) -> dict[str, Any]:
        """Returns what the statements need."""
        return {
            "subject": self.subject,
            "method": self.method,
            "request_id": self.request_id,
            "fingerprint": self.fingerprint,
            "lock": f"request {self.subject} {self.method} {self.request_id}",
        }

    def insert(self) -> int | None:
        """Inserts the row, without a response yet, in the current transaction. Returns its id.

        None when the same request is in progress, or has been responded to.
        """
        inserted = row(_CLAIM, self.values | {"response": b""})
        return None if inserted is None else int(inserted[0])

    def store(self, row_id: int, response: message.Message) -> None:
        execute(_STORE, [response.SerializeToString(), row_id])

    def stored_response(self) -> message.Message | None:
        """Returns the response that the request got before; None without one.

        Marks the call as replayed. Raises RequestIdReused when the `request_id` was used for a
        different request.
        """
        stored = row(FIND, self.values)
        return None if stored is None else self._replayed(*stored)

    def check_stored(self, stored_fingerprint: bytes | None, response: bytes | None) -> None:
        """Checks what FIND found as part of another statement: None twice, or a row.

        Raises Responded, RequestIdReused.
        """
        if stored_fingerprint is not None and response is not None:
            raise Responded(self._replayed(stored_fingerprint, response))

    def _replayed(self, stored_fingerprint: bytes, response: bytes) -> message.Message:
        if not hmac.compare_digest(stored_fingerprint, self.fingerprint):
            raise RequestIdReused
        context.serving_now().replayed = True
        return self.response_class.FromString(response)


def fingerprint(request: message.Message) -> bytes:
    """Returns a keyed digest of a request without its id; equal requests have equal digests."""
    content = type(request)()
    content.CopyFrom(request)
    content.ClearField("request_id")
    serialized = content.SerializeToString(deterministic=True)
    return hmac.digest(settings.SECRET_KEY.encode(), serialized, hashlib.sha256)
