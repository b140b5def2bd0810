"""Proving once more who one is: by the second factor where there is one, else the password."""

import time
from base64 import b32decode

import pytest

from market.user.v1 import credential_pb2 as pb
from market.user.v1 import session_pb2, totp_pb2, user_pb2
from market.user.v1.credential_pb2_grpc import CredentialServiceStub
from market.user.v1.session_pb2_grpc import SessionServiceStub
from market.user.v1.totp_pb2_grpc import TotpServiceStub
from market.user.v1.user_pb2_grpc import UserServiceStub
from mesh.rpc.metadata import Metadata
from mesh.testing.servers import error_of
from user_service.accounts.models import Reauthentication, User
from user_service.credentials.tests.guessing import FREE
from user_service.credentials.tests.mails import NOTICE, arrived
from user_service.credentials.tests.signing_in import NEW
from user_service.credentials.totp import code_of, step_at
from user_service.tests.accounts import PASSWORD, Sign, an_account, lock

WRONG_CODE = "AAAA-AAAA-AAAA-AAAA"


@pytest.fixture
def ada(transactional_db: None) -> User:
    return an_account(verified=True)


@pytest.fixture
def me(ada: User, signed_in: Sign) -> Metadata:
    return signed_in(ada)


@pytest.fixture
def recovery_codes(totp: TotpServiceStub, me: Metadata) -> list[str]:
    """Those of a second factor that is on."""
    begun = totp.BeginTotp(totp_pb2.BeginTotpRequest(password=PASSWORD), metadata=me)
    code = code_of(b32decode(begun.secret), step_at(time.time()) - 1)
    confirm = totp_pb2.ConfirmTotpRequest(totp_code=code)
    return list(totp.ConfirmTotp(confirm, metadata=me).recovery_codes)


def reason(credentials: CredentialServiceStub, me: Metadata, **given: str) -> str:
    return error_of(credentials.Reauthenticate, pb.ReauthenticateRequest(**given), me).reason


def test_the_password_is_worth_a_token_that_one_change_takes(
    credentials: CredentialServiceStub, users: UserServiceStub, me: Metadata
) -> None:
    proved = credentials.Reauthenticate(pb.ReauthenticateRequest(password=PASSWORD), metadata=me)
    assert proved.expires_in == 120
    token = proved.reauthentication_token
    assert token not in str(list(Reauthentication.objects.values()))
    erase = user_pb2.DeleteUserRequest(user_id="me", reauthentication_token=token)
    users.DeleteUser(erase, metadata=me)


def test_a_wrong_password_or_a_code_for_no_second_factor_is_worth_none(
    credentials: CredentialServiceStub, me: Metadata
) -> None:
    assert reason(credentials, me, password="wrong") == "PASSWORD_WRONG"
    assert reason(credentials, me, totp_code="123456") == "TOTP_NOT_ENABLED"
    assert reason(credentials, me) == "REQUEST_INVALID"
    assert not Reauthentication.objects.exists()


def test_an_account_with_a_second_factor_proves_that(
    credentials: CredentialServiceStub, me: Metadata, recovery_codes: list[str]
) -> None:
    assert reason(credentials, me, password=PASSWORD) == "TOTP_REQUIRED"
    assert reason(credentials, me, recovery_code=WRONG_CODE) == "TOTP_CODE_INVALID"
    request = pb.ReauthenticateRequest(recovery_code=recovery_codes[0])
    assert credentials.Reauthenticate(request, metadata=me).reauthentication_token
    assert reason(credentials, me, recovery_code=recovery_codes[0]) == "TOTP_CODE_INVALID"


def test_a_locked_account_proves_nothing(
    credentials: CredentialServiceStub, ada: User, me: Metadata
) -> None:
    lock(ada)
    assert reason(credentials, me, password=PASSWORD) == "ACCOUNT_LOCKED"


def test_a_new_password_takes_the_second_factor_too(
    credentials: CredentialServiceStub, me: Metadata, recovery_codes: list[str]
) -> None:
    request = pb.ChangePasswordRequest(old_password=PASSWORD, new_password=NEW)
    assert error_of(credentials.ChangePassword, request, me).reason == "TOTP_REQUIRED"
    request.recovery_code = WRONG_CODE
    assert error_of(credentials.ChangePassword, request, me).reason == "TOTP_CODE_INVALID"
    request.recovery_code = recovery_codes[0]
    credentials.ChangePassword(request, metadata=me)
    assert arrived()[-1].subject == NOTICE


def test_turning_the_second_factor_on_and_off_is_told_each_time(
    totp: TotpServiceStub, me: Metadata, recovery_codes: list[str]
) -> None:
    assert "now takes a code" in arrived()[-1].body
    disable = totp_pb2.DisableTotpRequest(recovery_code=recovery_codes[0])
    totp.DisableTotp(disable, metadata=me)
    told = arrived()[-1]
    assert (told.to, told.subject) == (["ada@people.example"], NOTICE)
    assert "no longer takes a" in told.body


def test_guesses_at_one_factor_are_not_forgiven_for_the_other(
    credentials: CredentialServiceStub,
    totp: TotpServiceStub,
    me: Metadata,
    recovery_codes: list[str],
) -> None:
    wrong = totp_pb2.DisableTotpRequest(recovery_code=WRONG_CODE)
    begin = totp_pb2.BeginTotpRequest(password=PASSWORD)
    for _ in range(FREE):
        assert error_of(totp.DisableTotp, wrong, me).reason == "TOTP_CODE_INVALID"
        # The password is right, which used to clear the count.
        assert error_of(totp.BeginTotp, begin, me).reason == "TOTP_ALREADY_ENABLED"
    right = totp_pb2.DisableTotpRequest(recovery_code=recovery_codes[0])
    assert error_of(totp.DisableTotp, right, me).reason == "LOGIN_THROTTLED"
    assert reason(credentials, me, recovery_code=recovery_codes[0]) == "LOGIN_THROTTLED"
    assert reason(credentials, me, password="wrong") == "TOTP_REQUIRED"


def test_guesses_at_codes_are_one_account_s_whatever_login_and_rpc_they_come_by(
    totp: TotpServiceStub, sessions: SessionServiceStub, me: Metadata, recovery_codes: list[str]
) -> None:
    by_name = session_pb2.CreateTokenRequest(username="ada", password=PASSWORD)
    by_address = session_pb2.CreateTokenRequest(email="ada@people.example", password=PASSWORD)
    by_name.recovery_code = by_address.recovery_code = WRONG_CODE
    asked = [by_name, by_address] * FREE
    reasons = [error_of(sessions.CreateToken, request).reason for request in asked]
    assert reasons == ["TOTP_CODE_INVALID"] * FREE + ["LOGIN_THROTTLED"] * FREE
    wrong = totp_pb2.DisableTotpRequest(recovery_code=WRONG_CODE)
    assert error_of(totp.DisableTotp, wrong, me).reason == "LOGIN_THROTTLED"
