from uuid import UUID

from django_grpc_framework.services import Service
from grpc import ServicerContext as Context

from market.user.v1 import session_pb2 as pb
from mesh.context import caller, serving_now
from user_service.credentials.actions.authentication import authenticate
from user_service.sessions import actions, convert, queries
from user_service.sessions.authorization_codes import LASTS_S
from user_service.sessions.keys import jwks
from user_service.sessions.revoked_tokens import revoked_since


class SessionService(Service):  # type: ignore[misc]  # ships no types
    """Serves market.user.v1.SessionService."""

    def CreateToken(self, request: pb.CreateTokenRequest, _: Context) -> pb.CreateTokenResponse:
        user = authenticate(
            username=request.username,
            email=request.email,
            password=request.password,
            totp_code=request.totp_code,
            recovery_code=request.recovery_code,
            client_address=serving_now().client_address,
        )
        pair = actions.begin_session(user=user)
        return pb.CreateTokenResponse(**convert.token_fields(pair))

    def RefreshToken(self, request: pb.RefreshTokenRequest, _: Context) -> pb.RefreshTokenResponse:
        pair = actions.refresh(refresh_token=request.refresh_token)
        return pb.RefreshTokenResponse(**convert.token_fields(pair))

    def RevokeToken(self, request: pb.RevokeTokenRequest, _: Context) -> pb.RevokeTokenResponse:
        actions.revoke(refresh_token=request.refresh_token)
        return pb.RevokeTokenResponse()

    def ListSessions(self, request: pb.ListSessionsRequest, _: Context) -> pb.ListSessionsResponse:
        sessions, next_page_token = queries.sessions_page(
            user_id=UUID(caller().user_id), size=request.page_size, token=request.page_token
        )
        return pb.ListSessionsResponse(
            sessions=map(convert.to_wire, sessions), next_page_token=next_page_token
        )

    def RevokeSession(
        self, request: pb.RevokeSessionRequest, _: Context
    ) -> pb.RevokeSessionResponse:
        actions.revoke_session(session_id=UUID(request.session_id), user_id=UUID(caller().user_id))
        return pb.RevokeSessionResponse()

    def RevokeAllSessions(
        self, request: pb.RevokeAllSessionsRequest, _: Context
    ) -> pb.RevokeAllSessionsResponse:
        actions.revoke_sessions(user_id=UUID(caller().user_id))
        return pb.RevokeAllSessionsResponse()

    def ListRevokedTokens(
        self, request: pb.ListRevokedTokensRequest, _: Context
    ) -> pb.ListRevokedTokensResponse:
        return convert.revoked_tokens(revoked_since(request.sync_token))

    def CreateAuthorizationCode(
        self, request: pb.CreateAuthorizationCodeRequest, _: Context
    ) -> pb.CreateAuthorizationCodeResponse:
        code = actions.create_code(
            refresh_token=request.refresh_token, code_challenge=request.code_challenge
        )
        return pb.CreateAuthorizationCodeResponse(code=code, expires_in=LASTS_S)

    def ExchangeAuthorizationCode(
        self, request: pb.ExchangeAuthorizationCodeRequest, _: Context
    ) -> pb.ExchangeAuthorizationCodeResponse:
        pair = actions.exchange_code(code=request.code, code_verifier=request.code_verifier)
        return pb.ExchangeAuthorizationCodeResponse(**convert.token_fields(pair))

    def GetJwks(self, request: pb.GetJwksRequest, _: Context) -> pb.GetJwksResponse:
        return convert.key_set(jwks())
