"""No account, and nobody without one, fills a stranger's mailbox."""

from types import SimpleNamespace

import pytest
from django.db.models import F
from google.protobuf.field_mask_pb2 import FieldMask

from market.user.v1 import credential_pb2
from market.user.v1 import user_pb2 as pb
from market.user.v1.credential_pb2_grpc import CredentialServiceStub
from market.user.v1.user_pb2_grpc import UserServiceStub
from mesh.mail.models import Mail, UnverifiedMail
from mesh.rpc.metadata import Metadata
from mesh.testing.servers import error_of
from user_service.accounts.mail_limits import DAY, MOST_A_DAY
from user_service.accounts.models import User
from user_service.credentials.actions import emails
from user_service.credentials.tests.mails import RESET, arrived
from user_service.tests.accounts import Sign, an_account, erase, proof

STRANGER, OTHER = "stranger@elsewhere.example", "other@elsewhere.example"


def moving(user: User, address: str) -> pb.UpdateUserRequest:
    return pb.UpdateUserRequest(
        user=pb.User(id="me", email=address),
        update_mask=FieldMask(paths=["email"]),
        reauthentication_token=proof(user),
    )


def to(address: str) -> int:
    return sum(message.to == [address] for message in arrived())


def let_an_hour_pass() -> None:
    UnverifiedMail.objects.all().delete()


def to_and_fro(users: UserServiceStub, user: User, me: Metadata, times: int) -> None:
    for number in range(times):
        address = (STRANGER, OTHER)[number % 2]
        users.UpdateUser(moving(user, address), metadata=me)


def test_an_address_changed_to_and_fro_ends_after_ten_mails_a_day(
    users: UserServiceStub, signed_in: Sign
) -> None:
    ada = an_account(verified=True)
    me = signed_in(ada)
    to_and_fro(users, ada, me, MOST_A_DAY)
    error = error_of(users.UpdateUser, moving(ada, STRANGER), me)
    assert (error.code, error.reason) == (8, "MAIL_LIMIT_REACHED")
    assert (error.retry_after_s or 0) > 0
    assert to(STRANGER) + to(OTHER) == MOST_A_DAY
    Mail.objects.update(create_time=F("create_time") - DAY)
    let_an_hour_pass()
    assert users.UpdateUser(moving(ada, STRANGER), metadata=me).user.pending_email == STRANGER


def test_an_address_that_several_accounts_name_has_enough_after_five_mails(
    users: UserServiceStub, signed_in: Sign
) -> None:
    for name in ("ada", "bob", "cyd", "dan", "eve"):
        user = an_account(name)
        users.UpdateUser(moving(user, STRANGER), metadata=signed_in(user))
        arrived()
    late = an_account("late", verified=True)
    error = error_of(users.UpdateUser, moving(late, STRANGER), signed_in(late))
    assert error.reason == "MAIL_LIMIT_REACHED"
    assert to(STRANGER) == 5


@pytest.mark.django_db(transaction=True)
def test_registering_and_erasing_again_and_again_ends_after_five_mails() -> None:
    for _ in range(4):
        an_account()
        arrived()
        erase(User.objects.get(username="ada"))
        arrived()
    assert to("ada@people.example") == 5


def test_asking_for_resets_is_answered_the_same_and_ends_after_ten_mails_a_day(
    credentials: CredentialServiceStub, monkeypatch: pytest.MonkeyPatch
) -> None:
    an_account(verified=True)
    request = credential_pb2.RequestPasswordResetRequest(username="ada")
    for number in range(MOST_A_DAY + 3):
        later = SimpleNamespace(time=lambda number=number: number * emails.MAIL_EVERY_S)
        monkeypatch.setattr(emails, "time", later)
        assert credentials.RequestPasswordReset(request).ByteSize() == 0
        arrived()
    assert sum(message.subject == RESET for message in arrived()) == MOST_A_DAY
