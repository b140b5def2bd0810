from mesh.core.errors import FailedPrecondition, InvalidArgument, ResourceExhausted, Unauthenticated

DOMAIN = "market.user.v1"


class WrongSecret:
    """Marks the errors of who guesses; the throttle counts them."""


class CredentialsInvalid(WrongSecret, Unauthenticated):
    reason = "CREDENTIALS_INVALID"
    domain = DOMAIN


class PasswordWrong(WrongSecret, InvalidArgument):
    reason = "PASSWORD_WRONG"
    domain = DOMAIN


class TotpCodeInvalid(WrongSecret, Unauthenticated):
    reason = "TOTP_CODE_INVALID"
    domain = DOMAIN


class TotpRequired(Unauthenticated):
    reason = "TOTP_REQUIRED"
    domain = DOMAIN


class TotpAlreadyEnabled(FailedPrecondition):
    reason = "TOTP_ALREADY_ENABLED"
    domain = DOMAIN


class TotpNotEnabled(FailedPrecondition):
    reason = "TOTP_NOT_ENABLED"
    domain = DOMAIN


class MailedTokenInvalid(InvalidArgument):
    reason = "MAILED_TOKEN_INVALID"
    domain = DOMAIN


class LoginThrottled(ResourceExhausted):
    reason = "LOGIN_THROTTLED"
    domain = DOMAIN
