"""The client of the service that signs users in, for staff sessions.

A staff session is a session of that service, kept alive by its refresh token. It ends there,
with the account, its password or by revocation, and for the pages of all services at once.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

import structlog

from mesh.admin.models import Staff
from mesh.auth.access import Caller
from mesh.auth.jwks import JwksCache
from mesh.contract.model import Method, market_contract
from mesh.core.errors import DomainError
from mesh.rpc.client import call, published_keys, published_revocations

# RPCs are found by their REST path, so that the kit names no service and no RPC.
SIGN_IN = "/api/auth/token"
RENEW = f"{SIGN_IN}/refresh"
REVOKE = f"{SIGN_IN}/revoke"
NAMES = "/api/users:batchGet"
MOST_NAMES = 100
_TOTP_CODE = re.compile(r"[0-9]{6}")

log = structlog.get_logger("admin")


@dataclass(frozen=True)
class StaffSession:
    user_id: UUID
    scopes: frozenset[str]
    refresh_token: str
    token_version: int


def issued(*, login: str, password: str, code: str) -> StaffSession:
    """Returns a session for a username or address, a password and, if needed, a code.

    Raises what the RPC raises.
    """
    fields = {"email" if "@" in login else "username": login, "password": password}
    if code:
        fields["totp_code" if _TOTP_CODE.fullmatch(code) else "recovery_code"] = code
    return _session_for(SIGN_IN, **fields)


def renewed(refresh_token: str) -> StaffSession:
    """Returns the session as the account stands now. Raises what the RPC raises."""
    return _session_for(RENEW, refresh_token=refresh_token)


def code_for(refresh_token: str, code_challenge: str) -> str:
    """Returns a code by which pages elsewhere join the session. Raises what the RPC raises."""
    method = _of_issuer("CreateAuthorizationCode")
    answer = call(method, refresh_token=refresh_token, code_challenge=code_challenge)
    return str(answer.code)


def exchanged(code: str, code_verifier: str) -> StaffSession:
    """Returns the session that a code lets into. Raises what the RPC raises."""
    method = _of_issuer("ExchangeAuthorizationCode")
    return _session_of(call(method, code=code, code_verifier=code_verifier))


def was_ended(user_id: UUID | None, token_version: int) -> bool:
    """Returns whether the tokens of this version, and their sessions, were revoked.

    It makes no call, as the process keeps the list of revocations.
    """
    return keys().revocations.refuse(Caller(str(user_id), token_version=token_version))


def revoke(refresh_token: str) -> None:
    """Ends a session; one that has ended is no error. Raises Unavailable."""
    _post(REVOKE, refresh_token=refresh_token)


def issuer() -> str:
    """Returns the service that signs users in, and knows them by name."""
    return market_contract().bound_to("POST", SIGN_IN).served_by


def usernames(staff: Staff, user_ids: Collection[UUID]) -> dict[UUID, str]:
    """Returns the names of the accounts that staff may read, of at most 100, itself included.

    An erased account has none, and while their service is away nobody has.
    """
    method = market_contract().bound_to("GET", NAMES)
    known = {one for one in user_ids if staff.may(method.access.staff_scope) or one == staff.pk}
    if not known:
        return {}
    try:
        users = call(method, user_ids=sorted(map(str, known))[:MOST_NAMES]).users
    except DomainError as error:
        log.warning("names_not_read", reason=error.reason)
        return {}
    return {UUID(user.id): user.username for user in users if user.username}


def _session_for(path: str, **fields: str) -> StaffSession:
    return _session_of(_post(path, **fields))


def _session_of(tokens: Any) -> StaffSession:
    caller = keys().verify(tokens.access_token)
    return StaffSession(
        UUID(caller.user_id), caller.scopes, tokens.refresh_token, caller.token_version
    )


def _post(path: str, **fields: str) -> Any:
    return call(market_contract().bound_to("POST", path), **fields)


def _of_issuer(name: str) -> Method:
    """Returns an RPC that has no REST path, by its name beside the one that signs in."""
    contract = market_contract()
    return contract.methods[f"/{contract.bound_to('POST', SIGN_IN).service_name}/{name}"]


@cache
def keys() -> JwksCache:
    """Returns the key cache of the process; it reads revocations once they are followed."""
    return JwksCache(published_keys, published_revocations)
