from uuid import UUID

from django_grpc_framework.services import Service
from grpc import ServicerContext as Context

from market.user.v1 import credential_pb2 as pb
from market.user.v1 import totp_pb2
from mesh.context import caller, serving_now
from user_service.accounts.actions.step_up import GOOD_FOR
from user_service.credentials.actions import emails, passwords, totp
from user_service.credentials.actions.authentication import reauthenticate


class CredentialService(Service):  # type: ignore[misc]  # ships no types
    """Serves market.user.v1.CredentialService."""

    def VerifyEmail(self, request: pb.VerifyEmailRequest, _: Context) -> pb.VerifyEmailResponse:
        emails.verify_email(token=request.token)
        return pb.VerifyEmailResponse()

    def RequestEmailVerification(
        self, request: pb.RequestEmailVerificationRequest, _: Context
    ) -> pb.RequestEmailVerificationResponse:
        emails.request_verification(user_id=UUID(caller().user_id))
        return pb.RequestEmailVerificationResponse()

    def RequestPasswordReset(
        self, request: pb.RequestPasswordResetRequest, _: Context
    ) -> pb.RequestPasswordResetResponse:
        passwords.request_reset(
            username=request.username,
            email=request.email,
            client_address=serving_now().client_address,
        )
        return pb.RequestPasswordResetResponse()

    def ConfirmPasswordReset(
        self, request: pb.ConfirmPasswordResetRequest, _: Context
    ) -> pb.ConfirmPasswordResetResponse:
        passwords.confirm_reset(token=request.token, password=request.password)
        return pb.ConfirmPasswordResetResponse()

    def ChangePassword(
        self, request: pb.ChangePasswordRequest, _: Context
    ) -> pb.ChangePasswordResponse:
        passwords.change_password(
            user_id=UUID(caller().user_id),
            old_password=request.old_password,
            new_password=request.new_password,
            totp_code=request.totp_code,
            recovery_code=request.recovery_code,
        )
        return pb.ChangePasswordResponse()

    def Reauthenticate(
        self, request: pb.ReauthenticateRequest, _: Context
    ) -> pb.ReauthenticateResponse:
        token = reauthenticate(
            user_id=UUID(caller().user_id),
            password=request.password,
            totp_code=request.totp_code,
            recovery_code=request.recovery_code,
        )
        return pb.ReauthenticateResponse(
            reauthentication_token=token, expires_in=int(GOOD_FOR.total_seconds())
        )


class TotpService(Service):  # type: ignore[misc]  # ships no types
    """Serves market.user.v1.TotpService."""

    def BeginTotp(
        self, request: totp_pb2.BeginTotpRequest, _: Context
    ) -> totp_pb2.BeginTotpResponse:
        new = totp.begin_totp(user_id=UUID(caller().user_id), password=request.password)
        return totp_pb2.BeginTotpResponse(secret=new.secret, uri=new.uri)

    def ConfirmTotp(
        self, request: totp_pb2.ConfirmTotpRequest, _: Context
    ) -> totp_pb2.ConfirmTotpResponse:
        codes = totp.confirm_totp(user_id=UUID(caller().user_id), totp_code=request.totp_code)
        return totp_pb2.ConfirmTotpResponse(recovery_codes=codes)

    def DisableTotp(
        self, request: totp_pb2.DisableTotpRequest, _: Context
    ) -> totp_pb2.DisableTotpResponse:
        totp.disable_totp(
            user_id=UUID(caller().user_id),
            totp_code=request.totp_code,
            recovery_code=request.recovery_code,
        )
        return totp_pb2.DisableTotpResponse()
