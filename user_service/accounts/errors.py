from mesh.core.errors import (
    AlreadyExists,
    DomainError,
    InvalidArgument,
    NotFound,
    PermissionDenied,
    ResourceExhausted,
    Unauthenticated,
)


class AccountError(DomainError):
    domain = "market.user.v1"


class UserNotFound(AccountError, NotFound):
    reason = "USER_NOT_FOUND"


class UsernameTaken(AccountError, AlreadyExists):
    reason = "USERNAME_TAKEN"


class EmailTaken(AccountError, AlreadyExists):
    reason = "EMAIL_TAKEN"


class AccountLocked(AccountError, PermissionDenied):
    reason = "ACCOUNT_LOCKED"


class OwnAccount(AccountError, PermissionDenied):
    reason = "OWN_ACCOUNT"


class StaffScopesInsufficient(AccountError, PermissionDenied):
    reason = "STAFF_SCOPES_INSUFFICIENT"


class OwnerOnly(AccountError, PermissionDenied):
    reason = "OWNER_ONLY"


class ReauthenticationRequired(AccountError, Unauthenticated):
    reason = "REAUTHENTICATION_REQUIRED"


class MailLimitReached(AccountError, ResourceExhausted):
    reason = "MAIL_LIMIT_REACHED"


class PasswordTooWeak(AccountError, InvalidArgument):
    reason = "PASSWORD_TOO_WEAK"
