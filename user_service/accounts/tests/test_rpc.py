"""UserService as a caller sees it, over a real loopback connection."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast
from uuid import uuid4

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from market.user.v1 import user_pb2 as pb
from market.user.v1.user_pb2_grpc import UserServiceStub
from mesh.mail.models import Mail
from mesh.outgoing import Metadata
from mesh.testing import TestKeys, as_user, error_of
from user_service.accounts.models import User
from user_service.tests.accounts import PASSWORD, an_account

Sign = Callable[[User], Metadata]


@pytest.fixture
def staff(keys: TestKeys) -> Metadata:
    return as_user(keys.token(str(uuid4()), "users.read", "users.write", now=time.time()))


@pytest.fixture
def signed_in(keys: TestKeys) -> Sign:
    return lambda user: as_user(keys.token(str(user.id), now=time.time()))


def registration(**values: str) -> pb.CreateUserRequest:
    ada = {"username": "Ada", "email": "Ada@people.example", "full_name": "Ada Lovelace"}
    return pb.CreateUserRequest(**{**ada, "password": PASSWORD, **values})


def update(user: User, *paths: str, **values: str) -> pb.UpdateUserRequest:
    return pb.UpdateUserRequest(
        user=pb.User(id=str(user.id), **cast(Any, values)), update_mask=FieldMask(paths=paths)
    )


def test_a_registration_answers_the_profile_and_owes_a_welcome(users: UserServiceStub) -> None:
    user = users.CreateUser(registration()).user
    assert (user.username, user.email, user.full_name) == (
        "Ada",
        "Ada@people.example",
        "Ada Lovelace",
    )
    assert (user.is_staff, user.etag, user.create_time) == (False, "1", user.update_time)
    assert [(str(mail.user_id), mail.template) for mail in Mail.objects.all()] == [
        (user.id, "welcome")
    ]


def test_a_registration_sent_again_gets_its_first_answer(users: UserServiceStub) -> None:
    request = registration(request_id=str(uuid4()))
    assert users.CreateUser(request) == users.CreateUser(request)
    assert (User.objects.count(), Mail.objects.count()) == (1, 1)


def test_a_request_id_is_not_good_for_another_registration(users: UserServiceStub) -> None:
    request_id = str(uuid4())
    users.CreateUser(registration(request_id=request_id))
    other = registration(request_id=request_id, password="another good password")
    assert error_of(users.CreateUser, other).reason == "REQUEST_ID_REUSED"


@pytest.mark.parametrize(
    ("second", "reason"),
    [
        ({"username": "ADA", "email": "other@people.example"}, "USERNAME_TAKEN"),
        ({"username": "other", "email": "ADA@PEOPLE.example"}, "EMAIL_TAKEN"),
    ],
)
def test_names_and_addresses_are_taken_whatever_their_case(
    users: UserServiceStub, second: dict[str, str], reason: str
) -> None:
    users.CreateUser(registration())
    assert error_of(users.CreateUser, registration(**second)).reason == reason
    assert (User.objects.count(), Mail.objects.count()) == (1, 1)


def test_of_two_who_want_one_name_at_once_exactly_one_gets_it(users: UserServiceStub) -> None:
    together = threading.Barrier(2)

    def register(number: int) -> str:
        request = registration(email=f"{number}@people.example")
        together.wait()
        try:
            users.CreateUser(request)
        except grpc.RpcError as error:
            return str(error.details())
        return "registered"

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(register, range(2)))
    assert outcomes == ["another account has this username", "registered"]


@pytest.mark.parametrize(
    "password", ["password123", "1029384756", "AdaLovelace", "ada@people.example"]
)
def test_a_password_that_is_easy_to_guess_is_refused(users: UserServiceStub, password: str) -> None:
    error = error_of(users.CreateUser, registration(password=password))
    assert error.reason == "PASSWORD_TOO_WEAK"
    assert {violation.field for violation in error.violations} == {"password"}
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("username", "a"),
        ("username", "-ada"),
        ("username", "ada\n"),
        ("email", "nowhere"),
        ("password", "short"),
        ("password", "x" * 129),
        ("full_name", "x" * 151),
        ("full_name", "a\x00b"),
        ("request_id", "7"),
    ],
)
def test_a_registration_that_breaks_a_constraint_names_the_field(
    users: UserServiceStub, field: str, value: str
) -> None:
    error = error_of(users.CreateUser, registration(**{field: value}))
    assert error.reason == "REQUEST_INVALID"
    assert {violation.field for violation in error.violations} == {field}


def test_a_user_gets_its_own_profile_by_id_and_as_me(
    users: UserServiceStub, signed_in: Sign
) -> None:
    ada = an_account()
    for name in (str(ada.id), "me"):
        answer = users.GetUser(pb.GetUserRequest(user_id=name), metadata=signed_in(ada))
        assert (answer.user.id, answer.user.email) == (str(ada.id), "ada@people.example")


def test_an_unknown_user_is_not_found(users: UserServiceStub, staff: Metadata) -> None:
    unknown = pb.GetUserRequest(user_id=str(uuid4()))
    assert error_of(users.GetUser, unknown, staff).reason == "USER_NOT_FOUND"


def test_a_batch_comes_in_the_order_asked_without_the_unknown(
    users: UserServiceStub, staff: Metadata
) -> None:
    ada, bob = an_account("ada"), an_account("bob")
    ids = [str(bob.id), str(uuid4()), str(ada.id)]
    answer = users.BatchGetUsers(pb.BatchGetUsersRequest(user_ids=ids), metadata=staff)
    assert [user.username for user in answer.users] == ["bob", "ada"]


def test_a_batch_has_its_bounds(users: UserServiceStub, staff: Metadata) -> None:
    for ids in ([], [str(uuid4())] * 101, ["7"]):
        request = pb.BatchGetUsersRequest(user_ids=ids)
        assert error_of(users.BatchGetUsers, request, staff).reason == "REQUEST_INVALID"


def test_pages_run_through_all_accounts_newest_first_while_others_register(
    users: UserServiceStub, staff: Metadata
) -> None:
    for name in ("ada", "bob", "cyd", "dan", "eve"):
        an_account(name)
    seen: list[str] = []
    token = ""
    while not seen or token:
        page = users.ListUsers(pb.ListUsersRequest(page_size=2, page_token=token), metadata=staff)
        seen += [user.username for user in page.users]
        token = page.next_page_token
        an_account(f"late-{len(seen)}")
    assert seen == ["eve", "dan", "cyd", "bob", "ada"]


def test_a_listing_can_be_narrowed_to_a_name_or_an_address(
    users: UserServiceStub, staff: Metadata
) -> None:
    an_account("ada")
    an_account("bob")
    for request in (
        pb.ListUsersRequest(username="BOB"),
        pb.ListUsersRequest(email="Bob@People.example"),
    ):
        page = users.ListUsers(request, metadata=staff)
        assert [user.username for user in page.users] == ["bob"]


def test_a_page_token_is_good_for_its_own_listing_only(
    users: UserServiceStub, staff: Metadata
) -> None:
    an_account("ada")
    an_account("bob")
    first = users.ListUsers(pb.ListUsersRequest(page_size=1), metadata=staff)
    for request in (
        pb.ListUsersRequest(page_token="made up"),
        pb.ListUsersRequest(page_token=first.next_page_token, username="ada"),
    ):
        assert error_of(users.ListUsers, request, staff).reason == "PAGE_TOKEN_INVALID"


def test_an_update_changes_what_its_mask_names_and_nothing_else(
    users: UserServiceStub, signed_in: Sign
) -> None:
    ada = an_account()
    request = update(ada, "full_name", full_name="", email="new@people.example")
    user = users.UpdateUser(request, metadata=signed_in(ada)).user
    assert (user.full_name, user.email, user.etag) == ("", "ada@people.example", "2")
    assert user.update_time.ToNanoseconds() > user.create_time.ToNanoseconds()


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
    request = pb.DeleteUserRequest(user_id="me", etag="1")
    users.DeleteUser(request, metadata=signed_in(ada))
    get = pb.GetUserRequest(user_id=str(ada.id))
    assert error_of(users.GetUser, get, staff).reason == "USER_NOT_FOUND"
    change = update(ada, "full_name", full_name="A")
    assert error_of(users.UpdateUser, change, staff).reason == "USER_NOT_FOUND"
    again = pb.DeleteUserRequest(user_id=str(ada.id))
    assert error_of(users.DeleteUser, again, staff).reason == "USER_NOT_FOUND"
    assert not users.ListUsers(pb.ListUsersRequest(), metadata=staff).users
    an_account()


def test_an_account_is_not_erased_at_a_version_that_is_gone(
    users: UserServiceStub, signed_in: Sign
) -> None:
    ada = an_account()
    request = pb.DeleteUserRequest(user_id="me", etag="7")
    assert error_of(users.DeleteUser, request, signed_in(ada)).reason == "ETAG_MISMATCH"
