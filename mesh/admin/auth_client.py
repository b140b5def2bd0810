"""What the mesh lets staff in with: asked of whoever the contract says signs people in.

A visa is a session of that service's own, kept alive by its refresh token. So it ends there,
with the account, its password, or by revocation, and for all pages at once.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from google.protobuf import message

from mesh.auth.access import Caller
from mesh.auth.jwks import JwksCache
from mesh.contract.model import ContractError, Method, market_contract
from mesh.rpc.client import channel, published_keys, published_revocations

SIGN_IN = "/api/auth/token"
RENEW = f"{SIGN_IN}/refresh"
REVOKE = f"{SIGN_IN}/revoke"
_TOTP_CODE = re.compile(r"[0-9]{6}")


@dataclass(frozen=True)
class StaffSession:
    user_id: UUID
    scopes: frozenset[str]
    refresh_token: str
    token_version: int


def issued(*, login: str, password: str, code: str) -> StaffSession:
    """For a username or address, a password and, where the account wants one, a code.

    Raises what the RPC raises.
    """
    return _session_for(
        SIGN_IN,
        {
            "email" if "@" in login else "username": login,
            "password": password,
            **_second_factor(code),
        },
    )


def renewed(refresh_token: str) -> StaffSession:
    """As the account stands now. Raises what the RPC raises."""
    return _session_for(RENEW, {"refresh_token": refresh_token})


def was_ended(user_id: UUID | None, token_version: int) -> bool:
    """Whether the account's tokens of this version were revoked, and its sessions with them.

    Known without asking anybody: the process keeps the list of revocations.
    """
    return keys().revocations.refuse(Caller(str(user_id), token_version=token_version))


def revoke(refresh_token: str) -> None:
    """End it; one that has ended is no error. Raises Unavailable."""
    _answer(REVOKE, {"refresh_token": refresh_token})


def _second_factor(code: str) -> Mapping[str, str]:
    if not code:
        return {}
    return {"totp_code" if _TOTP_CODE.fullmatch(code) else "recovery_code": code}


def _session_for(path: str, fields: Mapping[str, str]) -> StaffSession:
    tokens: Any = _answer(path, fields)
    caller = keys().verify(tokens.access_token)
    return StaffSession(
        UUID(caller.user_id), caller.scopes, tokens.refresh_token, caller.token_version
    )


def _answer(path: str, fields: Mapping[str, str]) -> message.Message:
    method = _bound_to(path)
    call = channel(method.served_by).unary_unary(
        method.path,
        request_serializer=method.request_class.SerializeToString,
        response_deserializer=method.response_class.FromString,
    )
    answer: message.Message = call(method.request_class(**fields))
    return answer


def _bound_to(path: str) -> Method:
    """Raises ContractError."""
    for method in market_contract():
        if any((one.verb, one.template) == ("POST", path) for one in method.bindings):
            return method
    raise ContractError(f"no RPC is bound to POST {path}")


@cache
def keys() -> JwksCache:
    """The process's own. The list of revoked tokens is read once it is followed."""
    return JwksCache(published_keys, published_revocations)
