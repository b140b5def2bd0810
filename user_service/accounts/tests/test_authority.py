"""Staff acts on accounts whose scopes are among its own, in whatever state those are."""

import time
from base64 import b32decode
from collections.abc import Callable
from itertools import combinations

import grpc
import pytest
from django.db.models.functions import Now
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message

from market.user.v1 import user_pb2 as pb
from market.user.v1.user_pb2_grpc import UserServiceStub
from mesh.core.errors import RemoteError
from mesh.rpc.metadata import Metadata
from mesh.testing.servers import TestKeys, as_user, error_of
from user_service.accounts.models import User
from user_service.credentials.actions.totp import begin_totp, confirm_totp
from user_service.credentials.totp import code_of, step_at
from user_service.tests.accounts import PASSWORD, a_staff_account, an_account, erase, lock, proof

DENIED = "STAFF_SCOPES_INSUFFICIENT"
WRITE = "users.write"
OTHERS = "orders.write", "payments.write"
STATES = "plain", "unverified", "locked", "second factor on", "erased"


def subsets(scopes: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [some for size in range(len(scopes) + 1) for some in combinations(scopes, size)]


def as_staff(keys: TestKeys, user: User, *scopes: str) -> Metadata:
    return as_user(keys.token(str(user.id), *scopes, now=time.time()))


def outcome(call: Callable[..., object], request: Message, metadata: Metadata) -> str:
    try:
        call(request, metadata=metadata, timeout=5)
    except grpc.RpcError:
        return str(error_of(call, request, metadata).reason)
    return "OK"


def outcomes(users: UserServiceStub, by: User, target: User, metadata: Metadata) -> set[str]:
    """Of all that staff can do to an account; the last of it erases it."""
    user_id = str(target.id)
    rename = pb.UpdateUserRequest(
        user=pb.User(id=user_id, full_name="Renamed"), update_mask=FieldMask(paths=["full_name"])
    )
    erasure = pb.DeleteUserRequest(user_id=user_id, reauthentication_token=proof(by))
    return {
        outcome(users.UpdateUser, rename, metadata),
        outcome(users.UnlockUser, pb.UnlockUserRequest(user_id=user_id), metadata),
        outcome(users.LockUser, pb.LockUserRequest(user_id=user_id), metadata),
        outcome(users.DeleteUser, erasure, metadata),
    }


@pytest.mark.parametrize("held", subsets(OTHERS))
def test_over_the_lattice_of_scopes_staff_acts_on_what_lies_below_it_alone(
    users: UserServiceStub, keys: TestKeys, held: tuple[str, ...]
) -> None:
    by = a_staff_account(WRITE, *held)
    metadata = as_staff(keys, by, WRITE, *held)
    for number, scopes in enumerate(subsets((WRITE, *OTHERS))):
        name = f"target-{number}"
        target = a_staff_account(*scopes, name=name) if scopes else an_account(name)
        below = set(scopes) <= {WRITE, *held}
        assert outcomes(users, by, target, metadata) == ({"OK"} if below else {DENIED}), scopes
        target.refresh_from_db()
        assert (target.erased_time is not None) is below


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("scopes", [(), ("payments.write",)])
def test_the_state_of_an_account_opens_it_to_nobody(
    users: UserServiceStub, keys: TestKeys, state: str, scopes: tuple[str, ...]
) -> None:
    by = a_staff_account(WRITE)
    target = a_staff_account(*scopes, name="target") if scopes else an_account("target")
    bring(target, state)
    expected = DENIED if scopes and state != "erased" else "OK"
    if state == "erased":
        expected = "USER_NOT_FOUND"
    assert outcomes(users, by, target, as_staff(keys, by, WRITE)) == {expected}


def bring(user: User, state: str) -> None:
    match state:
        case "unverified":
            User.objects.filter(id=user.id).update(email_verified=False)
        case "locked":
            lock(user)
        case "erased":
            erase(user)
        case "second factor on":
            secret = b32decode(begin_totp(user_id=user.id, password=PASSWORD).secret)
            confirm_totp(user_id=user.id, totp_code=code_of(secret, step_at(time.time())))


@pytest.mark.parametrize(
    "lost", [{"staff_scopes": ["users.read"]}, {"staff_scopes": []}, {"lock_time": Now()}]
)
def test_a_token_is_worth_no_scope_that_its_account_has_lost(
    users: UserServiceStub, keys: TestKeys, lost: dict[str, object]
) -> None:
    by, ada = a_staff_account(WRITE), an_account()
    User.objects.filter(id=by.id).update(**lost)
    request = pb.LockUserRequest(user_id=str(ada.id))
    error = error_of(users.LockUser, request, as_staff(keys, by, WRITE))
    assert error.reason in (DENIED, "ACCOUNT_LOCKED")


def test_an_address_is_changed_by_its_owner_alone_whatever_scopes_staff_has(
    users: UserServiceStub, keys: TestKeys
) -> None:
    by, ada = a_staff_account(), an_account()
    request = pb.UpdateUserRequest(
        user=pb.User(id=str(ada.id), email="boss@market.example"),
        update_mask=FieldMask(paths=["email"]),
        reauthentication_token=proof(by),
    )
    error: RemoteError = error_of(users.UpdateUser, request, as_staff(keys, by, *by.staff_scopes))
    assert (error.code, error.reason) == (7, "OWNER_ONLY")
    ada.refresh_from_db()
    assert ada.pending_email is None
