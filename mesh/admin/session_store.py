"""Django's sessions, stored so that a stolen database signs nobody in.

A row has the digest of the cookie and the session's encrypted content, which holds the
refresh token of the staff session. This module is the setting SESSION_ENGINE.
"""

import hashlib
from typing import Any

import orjson
from django.contrib.sessions.backends import db
from django.db.models.functions import Now

from mesh.admin.models import SignIn
from mesh.auth.encryption import DecryptionError, decrypt, encrypt
from mesh.db.pruning import delete_batches

PURPOSE = "sessions of staff"
DIGEST_BYTES = 20


class SessionStore(db.SessionStore):
    @classmethod
    def get_model_class(cls) -> type[SignIn]:
        return SignIn

    def encode(self, session_dict: dict[str, Any]) -> str:
        return encrypt(orjson.dumps(session_dict), PURPOSE)

    def decode(self, session_data: str | bytes) -> dict[str, Any]:
        """Returns {} for content encrypted under another SECRET_KEY: its owner signs in again."""
        try:
            content: dict[str, Any] = orjson.loads(decrypt(str(session_data), PURPOSE))
        except DecryptionError:
            return {}
        return content

    def _get_session_from_db(self) -> SignIn | None:
        rows = SignIn.objects.filter(expire_date__gt=Now())
        row = rows.filter(session_key=_digest(self.session_key)).first()
        if row is None:
            self._session_key = None
        return row

    def exists(self, session_key: str) -> bool:
        return super().exists(_digest(session_key))

    def create_model_instance(self, data: dict[str, Any]) -> SignIn:
        row = super().create_model_instance(data)
        return SignIn(
            session_key=_digest(row.session_key),
            session_data=row.session_data,
            expire_date=row.expire_date,
        )

    def delete(self, session_key: str | None = None) -> None:
        if key := session_key or self.session_key:
            SignIn.objects.filter(session_key=_digest(key)).delete()


def _digest(session_key: str | None) -> str:
    """Returns a plain digest: session keys have too many bits to be guessed."""
    return hashlib.blake2b((session_key or "").encode(), digest_size=DIGEST_BYTES).hexdigest()


def prune() -> int:
    """Deletes a batch of the sign-ins that expired. Returns how many."""
    return delete_batches(SignIn.objects.filter(expire_date__lt=Now()).order_by("expire_date"))
