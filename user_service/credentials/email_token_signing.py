"""The tokens that mails carry: the id of the mail, and a MAC over it and its address.

So none is kept anywhere but in the mail; one sent to an address that the account has
left is worthless; and a mail that is sent twice carries the same one.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from uuid import UUID

from mesh.auth.encryption import keyed_digest
from user_service.credentials.models import MailedToken

_ID_BYTES = 16


def token_of(row: MailedToken, address: str) -> str:
    said = f"{row.purpose} {row.id} {address}"
    mac = keyed_digest(said, "tokens in mails")
    return urlsafe_b64encode(row.id.bytes + mac).decode()


def is_good(token: str, row: MailedToken, address: str) -> bool:
    return hmac.compare_digest(token.encode(), token_of(row, address).encode())


def id_in(token: str) -> UUID:
    """Returns the id that a token claims; for what is no token at all, one that nothing has."""
    try:
        return UUID(bytes=urlsafe_b64decode(token.encode())[:_ID_BYTES])
    except (Error, ValueError):
        return UUID(int=0)
