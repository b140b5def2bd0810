"""UpdateUser and DeleteUser as a caller sees them."""

from typing import Any, cast

from google.protobuf.field_mask_pb2 import FieldMask

from market.user.v1 import user_pb2 as pb
from market.user.v1.user_pb2_grpc import UserServiceStub
from mesh.rpc.metadata import Metadata
from mesh.testing.servers import error_of
from user_service.accounts.models import User
from user_service.tests.accounts import Sign, an_account, proof


def update(user: User, *paths: str, **values: str) -> pb.UpdateUserRequest:
    return pb.UpdateUserRequest(
        user=pb.User(id=str(user.id), **cast(Any, values)), update_mask=FieldMask(paths=paths)
    )


def test_an_update_changes_what_its_mask_names_and_nothing_else(
    users: UserServiceStub, signed_in: Sign
) -> None:
    ada = an_account()
    request = update(ada, "full_name", full_name="", email="new@people.example")
    user = users.UpdateUser(request, metadata=signed_in(ada)).user
    assert (user.full_name, user.email, user.etag) == ("", "ada@people.example", "2")
    assert user.update_time.ToNanoseconds() > user.create_time.ToNanoseconds()


def test_a_locale_is_changed_and_never_emptied(users: UserServiceStub, signed_in: Sign) -> None:
    ada = an_account()
    german = update(ada, "locale", locale="de")
    assert users.UpdateUser(german, metadata=signed_in(ada)).user.locale == "de"
    for locale in ("", "fr"):
        refused = error_of(users.UpdateUser, update(ada, "locale", locale=locale), signed_in(ada))
        assert {violation.field for violation in refused.violations} == {"user.locale"}


def test_an_update_that_changes_nothing_keeps_the_version(
    users: UserServiceStub, signed_in: Sign
) -> None:
    ada = an_account()
    request = update(ada, "username", username="ada")
    assert users.UpdateUser(request, metadata=signed_in(ada)).user.etag == "1"


def test_an_update_of_a_version_that_is_gone_is_refused(
    users: UserServiceStub, signed_in: Sign
) -> None:
    ada = an_account()
    request = update(ada, "full_name", full_name="A", etag="1")
    users.UpdateUser(request, metadata=signed_in(ada))
    request.user.full_name = "B"
    assert error_of(users.UpdateUser, request, signed_in(ada)).reason == "ETAG_MISMATCH"


def test_an_update_can_not_take_what_another_account_has(
    users: UserServiceStub, signed_in: Sign
) -> None:
    ada = an_account("ada")
    an_account("bob")
    for values, reason in (
        ({"username": "BOB"}, "USERNAME_TAKEN"),
        ({"email": "Bob@people.example"}, "EMAIL_TAKEN"),
    ):
        request = update(ada, *values, **values)
        request.reauthentication_token = proof(ada)
        assert error_of(users.UpdateUser, request, signed_in(ada)).reason == reason


def test_an_update_can_not_empty_a_name_or_change_what_is_not_the_users(
    users: UserServiceStub, signed_in: Sign
) -> None:
    ada = an_account()
    empty = error_of(users.UpdateUser, update(ada, "email", "username"), signed_in(ada))
    assert [violation.field for violation in empty.violations] == ["user.email", "user.username"]
    not_mine = error_of(users.UpdateUser, update(ada, "is_staff"), signed_in(ada))
    assert not_mine.reason == "UPDATE_MASK_INVALID"


def test_an_update_of_nobody_is_not_found(users: UserServiceStub, staff: Metadata) -> None:
    nobody = update(User(), "full_name", full_name="A")
    assert error_of(users.UpdateUser, nobody, staff).reason == "USER_NOT_FOUND"


def test_an_erased_account_is_gone_for_every_rpc_and_its_name_is_free(
    users: UserServiceStub, signed_in: Sign, staff: Metadata
) -> None:
    ada = an_account()
    request = pb.DeleteUserRequest(user_id="me", etag="1", reauthentication_token=proof(ada))
    users.DeleteUser(request, metadata=signed_in(ada))
    get = pb.GetUserRequest(user_id=str(ada.id))
    assert error_of(users.GetUser, get, staff).reason == "USER_NOT_FOUND"
    change = update(ada, "full_name", full_name="A")
    assert error_of(users.UpdateUser, change, staff).reason == "USER_NOT_FOUND"
    again = pb.DeleteUserRequest(user_id=str(ada.id))
    assert error_of(users.DeleteUser, again, staff).reason == "USER_NOT_FOUND"
    listed = users.ListUsers(pb.ListUsersRequest(), metadata=staff).users
    assert [user.username for user in listed] == ["boss"]
    an_account()


def test_an_account_is_not_erased_at_a_version_that_is_gone(
    users: UserServiceStub, signed_in: Sign
) -> None:
    ada = an_account()
    request = pb.DeleteUserRequest(user_id="me", etag="7")
    assert error_of(users.DeleteUser, request, signed_in(ada)).reason == "ETAG_MISMATCH"
