"""Where secrets are tried: a login, an address, or a factor of an account that is known.

How many failures are free at each, and how long it shuts after the others.
"""

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from mesh.auth.encryption import keyed_digest
from mesh.core.network import client_network

FREE_AT_LOGIN = 5
MOST_AT_LOGIN_S = 300
MOST_AT_ADDRESS_S = 30  # many people may share one
_DOUBLINGS = 16  # more than any limit leaves room for


@dataclass(frozen=True)
class ThrottleKey:
    """`free` failures cost nothing; the others shut it for `most_s` at most."""

    key: bytes
    free: int = FREE_AT_LOGIN
    most_s: int = MOST_AT_LOGIN_S
    cleared_by_success: bool = True

    def shut_s(self, failures: int) -> int:
        """Returns how long so many failures shut it, in seconds; 0 while they are free."""
        more = min(failures - self.free, _DOUBLINGS)
        return min(2**more, self.most_s) if more >= 0 else 0


def login_key(*, username: str = "", email: str = "") -> ThrottleKey:
    """Returns the key of a login as it was given.

    Not of its account: then two logins that shut together would be seen to be one's.
    """
    name = f"username {username.lower()}" if username else f"email {email.lower()}"
    return ThrottleKey(_key(name))


def password_key(user_id: UUID) -> ThrottleKey:
    """Returns the key of the password which a signed-in user has to give again."""
    return ThrottleKey(_key(f"account {user_id}"))


def second_factor_key(user_id: UUID) -> ThrottleKey:
    """Returns the key of an account's codes, at sign-in and after: apart from the password's.

    With one count for both, who knows the password could clear it and guess codes at leisure.
    """
    return ThrottleKey(_key(f"second factor {user_id}"))


def address_keys(address: str) -> list[ThrottleKey]:
    """Returns the key of a client's address, if that is known; an IPv6 /64 is one client.

    Success does not clear it, as somebody who guesses may have an account.
    """
    if not address:
        return []
    throttle_key = ThrottleKey(
        _key(f"address {client_network(address)}"),
        free=settings.LOGIN_FREE_PER_ADDRESS,
        most_s=MOST_AT_ADDRESS_S,
        cleared_by_success=False,
    )
    return [throttle_key]


def _key(name: str) -> bytes:
    return keyed_digest(name, "keys of sign-in")
