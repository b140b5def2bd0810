from mesh.core.errors import (
    DomainError,
    FailedPrecondition,
    InvalidArgument,
    ResourceExhausted,
    Unauthenticated,
)


class CredentialError(DomainError):
    domain = "market.user.v1"


class WrongSecret:
    """Marks the errors of who guesses; the throttle counts them."""


class CredentialsInvalid(WrongSecret, CredentialError, Unauthenticated):
    reason = "CREDENTIALS_INVALID"


class PasswordWrong(WrongSecret, CredentialError, InvalidArgument):
    reason = "PASSWORD_WRONG"


class TotpCodeInvalid(WrongSecret, CredentialError, Unauthenticated):
    reason = "TOTP_CODE_INVALID"


class TotpRequired(CredentialError, Unauthenticated):
    reason = "TOTP_REQUIRED"


class TotpAlreadyEnabled(CredentialError, FailedPrecondition):
    reason = "TOTP_ALREADY_ENABLED"


class TotpNotEnabled(CredentialError, FailedPrecondition):
    reason = "TOTP_NOT_ENABLED"


class MailedTokenInvalid(CredentialError, InvalidArgument):
    reason = "MAILED_TOKEN_INVALID"


class LoginThrottled(CredentialError, ResourceExhausted):
    reason = "LOGIN_THROTTLED"
