"""Between rows and messages."""

from market.user.v1 import user_pb2
from mesh.contract import timestamps
from mesh.contract.updates import masked
from mesh.core.errors import FieldViolation, InvalidArgument
from user_service.accounts.models import Profile, User

CHANGEABLE = ("username", "email", "full_name", "locale")
MAY_BE_EMPTY = {"full_name"}


def to_wire(user: User | Profile) -> user_pb2.User:
    return user_pb2.User(
        id=str(user.id),
        username=user.username,
        email=user.email,
        full_name=user.full_name,
        is_staff=user.is_staff,
        create_time=timestamps.fields(user.create_time),
        update_time=timestamps.fields(user.update_time),
        etag=user.etag,
        email_verified=user.email_verified,
        lock_time=user.lock_time,
        pending_email=user.pending_email,
        locale=user.locale,
    )


def changes(request: user_pb2.UpdateUserRequest) -> dict[str, str]:
    """Returns the new values by field name. Raises UpdateMaskInvalid, InvalidArgument.

    The contract lets a name be empty, as fields outside the mask are; inside it must not.
    """
    values = {name: getattr(request.user, name) for name in masked(request.update_mask, CHANGEABLE)}
    empty = sorted(name for name in values if not values[name] and name not in MAY_BE_EMPTY)
    if empty:
        raise InvalidArgument(
            "the request breaks its contract",
            violations=[FieldViolation(f"user.{name}", "must not be empty") for name in empty],
        )
    return values
