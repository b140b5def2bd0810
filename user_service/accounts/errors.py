from mesh.errors import AlreadyExists, InvalidArgument, NotFound, PermissionDenied

DOMAIN = "market.user.v1"


class UserNotFound(NotFound):
    reason = "USER_NOT_FOUND"
    domain = DOMAIN


class UsernameTaken(AlreadyExists):
    reason = "USERNAME_TAKEN"
    domain = DOMAIN


class EmailTaken(AlreadyExists):
    reason = "EMAIL_TAKEN"
    domain = DOMAIN


class AccountLocked(PermissionDenied):
    reason = "ACCOUNT_LOCKED"
    domain = DOMAIN


class OwnAccount(PermissionDenied):
    reason = "OWN_ACCOUNT"
    domain = DOMAIN


class PasswordTooWeak(InvalidArgument):
    reason = "PASSWORD_TOO_WEAK"
    domain = DOMAIN
