"""GetUser, BatchGetUsers and ListUsers as a caller sees them."""

from uuid import uuid4

from market.user.v1 import user_pb2 as pb
from market.user.v1.user_pb2_grpc import UserServiceStub
from mesh.rpc.metadata import Metadata
from mesh.testing.servers import error_of
from user_service.tests.accounts import Sign, an_account


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
    assert seen == ["eve", "dan", "cyd", "bob", "ada", "boss"]


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
