"""A stolen access token is not enough to take an account over, or to end it."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db.models.functions import Now
from google.protobuf.field_mask_pb2 import FieldMask

from market.user.v1 import user_pb2 as pb
from market.user.v1.user_pb2_grpc import UserServiceStub
from mesh.core.errors import RemoteError
from mesh.mail.models import Mail
from mesh.outbox.periodic import PeriodicJobs
from mesh.rpc.metadata import Metadata
from mesh.testing.servers import error_of
from user_service.accounts.actions import set_password
from user_service.accounts.models import Reauthentication, User
from user_service.credentials.tests.mails import NOTICE, arrived
from user_service.tests.accounts import Sign, an_account, proof

REQUIRED = "REAUTHENTICATION_REQUIRED"


@pytest.fixture
def ada(transactional_db: None) -> User:
    return an_account(verified=True)


@pytest.fixture
def me(ada: User, signed_in: Sign) -> Metadata:
    return signed_in(ada)


def moving(token: str = "", address: str = "new@people.example") -> pb.UpdateUserRequest:
    return pb.UpdateUserRequest(
        user=pb.User(id="me", email=address),
        update_mask=FieldMask(paths=["email"]),
        reauthentication_token=token,
    )


def erasing(token: str = "") -> pb.DeleteUserRequest:
    return pb.DeleteUserRequest(user_id="me", reauthentication_token=token)


def refused(users: UserServiceStub, token: str, me: Metadata) -> list[str]:
    errors: list[RemoteError] = [
        error_of(users.UpdateUser, moving(token), me),
        error_of(users.DeleteUser, erasing(token), me),
    ]
    assert {error.code for error in errors} == {16}
    return [error.reason for error in errors]


@pytest.mark.parametrize("token", ["", "made up", "é"])
def test_neither_a_new_address_nor_erasure_goes_without_a_fresh_proof(
    users: UserServiceStub, ada: User, me: Metadata, token: str
) -> None:
    assert refused(users, token, me) == [REQUIRED, REQUIRED]
    ada.refresh_from_db()
    assert (ada.pending_email, ada.version, ada.erased_time) == (None, 2, None)


def test_a_proof_is_good_for_two_minutes(users: UserServiceStub, ada: User, me: Metadata) -> None:
    token = proof(ada)
    Reauthentication.objects.update(expire_time=Now())
    assert refused(users, token, me) == [REQUIRED, REQUIRED]


def test_a_proof_is_good_for_its_own_account_alone(
    users: UserServiceStub, ada: User, me: Metadata
) -> None:
    assert refused(users, proof(an_account("bob")), me) == [REQUIRED, REQUIRED]


def test_a_new_password_ends_the_proofs_of_the_old_one(
    users: UserServiceStub, ada: User, me: Metadata
) -> None:
    token = proof(ada)
    set_password(user_id=ada.id, password_hash="another")
    assert refused(users, token, me) == [REQUIRED, REQUIRED]


def test_a_proof_is_good_once(users: UserServiceStub, ada: User, me: Metadata) -> None:
    token = proof(ada)
    assert users.UpdateUser(moving(token), metadata=me).user.pending_email
    again = error_of(users.UpdateUser, moving(token, "third@people.example"), me)
    erased = error_of(users.DeleteUser, erasing(token), me)
    assert (again.reason, erased.reason) == (REQUIRED, REQUIRED)


def test_of_four_changes_by_one_proof_at_once_one_goes_through(
    users: UserServiceStub, ada: User, me: Metadata
) -> None:
    token, calls = proof(ada), users
    move: Any = calls.UpdateUser

    def change(number: int) -> bool:
        request = moving(token, f"{number}@people.example")
        return move.future(request, metadata=me, timeout=5).exception() is None

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(change, range(4))) == 1


def test_a_change_that_fails_leaves_the_proof_good(
    users: UserServiceStub, ada: User, me: Metadata
) -> None:
    an_account("bob")
    token = proof(ada)
    taken = error_of(users.UpdateUser, moving(token, "bob@people.example"), me)
    assert taken.reason == "EMAIL_TAKEN"
    assert users.UpdateUser(moving(token), metadata=me).user.pending_email


def test_names_change_without_one_and_so_does_what_stays_the_same(
    users: UserServiceStub, ada: User, me: Metadata
) -> None:
    request = pb.UpdateUserRequest(
        user=pb.User(id="me", full_name="Ada King", email=ada.email or ""),
        update_mask=FieldMask(paths=["full_name", "email"]),
    )
    assert users.UpdateUser(request, metadata=me).user.full_name == "Ada King"


def test_the_last_mail_tells_of_the_erasure_and_leaves_no_address_behind(
    users: UserServiceStub, ada: User, me: Metadata
) -> None:
    users.DeleteUser(erasing(proof(ada)), metadata=me)
    told = arrived()[-1]
    assert (told.to, told.subject) == (["ada@people.example"], NOTICE)
    assert "erased" in told.body
    assert not Mail.objects.exclude(sealed_recipient="").exists()


def test_housekeeping_deletes_the_proofs_that_expired(ada: User) -> None:
    proof(ada)
    Reauthentication.objects.update(expire_time=Now())
    proof(ada)
    PeriodicJobs().run_when_due()
    assert Reauthentication.objects.count() == 1
