from dataclasses import asdict

import grpc
from django_grpc_framework.services import Service

from market.user.v1 import session_pb2 as pb
from user_service.sessions import actions, convert
from user_service.sessions.key_actions import jwks


class SessionService(Service):  # type: ignore[misc]  # ships no types
    """Serves market.user.v1.SessionService."""

    def CreateToken(
        self, request: pb.CreateTokenRequest, context: grpc.ServicerContext
    ) -> pb.CreateTokenResponse:
        pair = actions.sign_in(
            username=request.username, email=request.email, password=request.password
        )
        return pb.CreateTokenResponse(**convert.token_fields(**asdict(pair)))

    def RefreshToken(
        self, request: pb.RefreshTokenRequest, context: grpc.ServicerContext
    ) -> pb.RefreshTokenResponse:
        pair = actions.refresh(refresh_token=request.refresh_token)
        return pb.RefreshTokenResponse(**convert.token_fields(**asdict(pair)))

    def RevokeToken(
        self, request: pb.RevokeTokenRequest, context: grpc.ServicerContext
    ) -> pb.RevokeTokenResponse:
        actions.revoke(refresh_token=request.refresh_token)
        return pb.RevokeTokenResponse()

    def GetJwks(
        self, request: pb.GetJwksRequest, context: grpc.ServicerContext
    ) -> pb.GetJwksResponse:
        return convert.key_set(jwks())
