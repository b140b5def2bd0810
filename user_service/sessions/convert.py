"""From tokens and keys to the fields of messages."""

from dataclasses import asdict
from typing import Any

from market.user.v1 import session_pb2
from mesh.auth.jwks import Jwks
from mesh.auth.revocations import Page
from mesh.auth.tokens import ACCESS_TOKEN_S
from user_service.sessions.tokens import TokenPair

TOKEN_TYPE = "Bearer"  # noqa: S105  # RFC 6750


def token_fields(pair: TokenPair) -> dict[str, Any]:
    """Returns what the answers to a sign-in and to a refresh have in common."""
    return {
        "access_token": pair.access_token,
        "refresh_token": pair.refresh_token,
        "token_type": TOKEN_TYPE,
        "expires_in": ACCESS_TOKEN_S,
    }


def to_wire(session: Any) -> session_pb2.Session:
    """Takes a session with its `last_use_time`, see `queries.sessions_of`."""
    return session_pb2.Session(
        id=str(session.id),
        create_time=session.create_time,
        last_use_time=session.last_use_time,
        expire_time=session.expire_time,
    )


def revoked_tokens(page: Page) -> session_pb2.ListRevokedTokensResponse:
    return session_pb2.ListRevokedTokensResponse(
        revoked_tokens=[session_pb2.RevokedTokens(**asdict(one)) for one in page.revoked],
        sync_token=page.sync_token,
        more=page.more,
    )


def key_set(jwks: Jwks) -> session_pb2.GetJwksResponse:
    return session_pb2.GetJwksResponse(keys=[session_pb2.JsonWebKey(**key) for key in jwks["keys"]])
