"""Stands in for who signs people in: knows one account, and what became of its sessions."""

import time
from uuid import UUID, uuid4

import grpc
from django_grpc_framework.services import Service

from market.user.v1 import session_pb2 as pb
from market.user.v1 import session_pb2_grpc, user_pb2, user_pb2_grpc
from mesh.auth.base64url import challenge_of
from mesh.core.errors import Unauthenticated, Unavailable
from mesh.testing.keys import TestKeys

PASSWORD = "correct horse battery staple"


class ToyRefusal(Unauthenticated):
    reason = "CREDENTIALS_INVALID"
    domain = "market.user.v1"


class ToyEnded(Unauthenticated):
    reason = "REFRESH_TOKEN_INVALID"
    domain = "market.user.v1"


class ToyCodeInvalid(Unauthenticated):
    reason = "AUTHORIZATION_CODE_INVALID"
    domain = "market.user.v1"


class ToyNames(user_pb2_grpc.UserServiceServicer, Service):  # type: ignore[misc]  # no types
    def BatchGetUsers(
        self, request: user_pb2.BatchGetUsersRequest, context: grpc.ServicerContext
    ) -> user_pb2.BatchGetUsersResponse:
        """Knows everybody, by the end of the id."""
        users = [user_pb2.User(id=one, username=f"user-{one[-4:]}") for one in request.user_ids]
        return user_pb2.BatchGetUsersResponse(users=users)


class ToyAccounts(session_pb2_grpc.SessionServiceServicer, Service):  # type: ignore[misc]  # no types
    """`scopes` are what the account has now; `revoked` are the refresh tokens that ended.

    With another `token_version` all have.
    """

    keys = TestKeys()
    user_id: UUID
    scopes: tuple[str, ...]
    asked: list[pb.CreateTokenRequest]
    revoked: set[str]
    token_version: int
    away: bool

    @classmethod
    def reset(cls, *scopes: str) -> None:
        cls.user_id, cls.scopes, cls.away = uuid4(), scopes, False
        cls.asked, cls.revoked, cls.token_version = [], set(), 1

    def CreateToken(
        self, request: pb.CreateTokenRequest, context: grpc.ServicerContext
    ) -> pb.CreateTokenResponse:
        self.asked.append(request)
        if request.password != PASSWORD:
            raise ToyRefusal("no account matches this login and password")
        return pb.CreateTokenResponse(access_token=self._token(), refresh_token="first")

    def RefreshToken(
        self, request: pb.RefreshTokenRequest, context: grpc.ServicerContext
    ) -> pb.RefreshTokenResponse:
        if self.away:
            raise Unavailable("away")
        if request.refresh_token in self.revoked:
            raise ToyEnded("this refresh token is not good, or not any more")
        return pb.RefreshTokenResponse(access_token=self._token(), refresh_token="next")

    def RevokeToken(
        self, request: pb.RevokeTokenRequest, context: grpc.ServicerContext
    ) -> pb.RevokeTokenResponse:
        self.revoked.add(request.refresh_token)
        return pb.RevokeTokenResponse()

    def CreateAuthorizationCode(
        self, request: pb.CreateAuthorizationCodeRequest, context: grpc.ServicerContext
    ) -> pb.CreateAuthorizationCodeResponse:
        """The code is the challenge, so that it is seen whose verifier fits."""
        if request.refresh_token in self.revoked:
            raise ToyEnded("this refresh token is not good, or not any more")
        return pb.CreateAuthorizationCodeResponse(code=request.code_challenge)

    def ExchangeAuthorizationCode(
        self, request: pb.ExchangeAuthorizationCodeRequest, context: grpc.ServicerContext
    ) -> pb.ExchangeAuthorizationCodeResponse:
        if challenge_of(request.code_verifier) != request.code:
            raise ToyCodeInvalid("this verifier is not the authorization code's")
        return pb.ExchangeAuthorizationCodeResponse(
            access_token=self._token(), refresh_token="joined"
        )

    def ListRevokedTokens(
        self, request: pb.ListRevokedTokensRequest, context: grpc.ServicerContext
    ) -> pb.ListRevokedTokensResponse:
        """All that were given out under an earlier version."""
        revoked = pb.RevokedTokens(user_id=str(self.user_id), token_version=self.token_version)
        return pb.ListRevokedTokensResponse(revoked_tokens=[revoked], sync_token="next")

    def GetJwks(
        self, request: pb.GetJwksRequest, context: grpc.ServicerContext
    ) -> pb.GetJwksResponse:
        keys = self.keys.jwks()["keys"]
        return pb.GetJwksResponse(keys=[pb.JsonWebKey(**key) for key in keys])

    def _token(self) -> str:
        return self.keys.token(
            str(self.user_id), *self.scopes, now=time.time(), token_version=self.token_version
        )
