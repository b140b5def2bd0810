"""The second factor: turning it on, signing in with it, losing it, turning it off."""

import threading
import time
from base64 import b32decode
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from market.user.v1 import session_pb2
from market.user.v1 import totp_pb2 as pb
from market.user.v1.session_pb2_grpc import SessionServiceStub
from market.user.v1.totp_pb2_grpc import TotpServiceStub
from mesh.rpc.metadata import Metadata
from mesh.testing.servers import error_of
from user_service.accounts.models import User
from user_service.credentials.models import RecoveryCode, TotpDevice
from user_service.credentials.totp import code_of, step_at
from user_service.tests.accounts import PASSWORD, Sign, an_account, lock


@dataclass
class Authenticator:
    secret: bytes

    def code(self, steps_on: int = 0) -> str:
        return code_of(self.secret, step_at(time.time()) + steps_on)


@pytest.fixture
def ada(transactional_db: None) -> User:
    return an_account()


@pytest.fixture
def me(ada: User, signed_in: Sign) -> Metadata:
    return signed_in(ada)


@pytest.fixture
def authenticator(totp: TotpServiceStub, me: Metadata) -> Authenticator:
    """One that is begun and not confirmed."""
    answer = totp.BeginTotp(pb.BeginTotpRequest(password=PASSWORD), metadata=me)
    return Authenticator(b32decode(answer.secret))


@pytest.fixture
def recovery_codes(totp: TotpServiceStub, me: Metadata, authenticator: Authenticator) -> list[str]:
    """Those of a second factor that is on; the code of the step before is used up by it."""
    request = pb.ConfirmTotpRequest(totp_code=authenticator.code(-1))
    return list(totp.ConfirmTotp(request, metadata=me).recovery_codes)


def login(**code: str) -> session_pb2.CreateTokenRequest:
    return session_pb2.CreateTokenRequest(username="ada", password=PASSWORD, **code)


def reason(sessions: SessionServiceStub, **code: str) -> str:
    return error_of(sessions.CreateToken, login(**code)).reason


def test_nothing_is_asked_of_sign_ins_until_it_is_confirmed(
    sessions: SessionServiceStub, authenticator: Authenticator
) -> None:
    assert sessions.CreateToken(login()).access_token


def test_sign_ins_then_need_a_code_that_works_once(
    sessions: SessionServiceStub, authenticator: Authenticator, recovery_codes: list[str]
) -> None:
    assert reason(sessions) == "TOTP_REQUIRED"
    code = authenticator.code()
    assert sessions.CreateToken(login(totp_code=code)).access_token
    assert reason(sessions, totp_code=code) == "TOTP_CODE_INVALID"


def test_the_code_that_confirmed_it_is_used_up_too(
    sessions: SessionServiceStub, authenticator: Authenticator, recovery_codes: list[str]
) -> None:
    assert reason(sessions, totp_code=authenticator.code(-1)) == "TOTP_CODE_INVALID"


def test_a_code_of_another_time_is_wrong(
    sessions: SessionServiceStub, authenticator: Authenticator, recovery_codes: list[str]
) -> None:
    for steps_on in (-3, 3):
        code = authenticator.code(steps_on)
        assert reason(sessions, totp_code=code) == "TOTP_CODE_INVALID"


def test_of_four_sign_ins_with_one_code_at_once_one_gets_in(
    sessions: SessionServiceStub, authenticator: Authenticator, recovery_codes: list[str]
) -> None:
    code, together = authenticator.code(), threading.Barrier(4)
    calls: Any = sessions.CreateToken

    def try_it(_: int) -> bool:
        together.wait()
        return calls.future(login(totp_code=code)).exception() is None

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(try_it, range(4))) == 1


def test_a_recovery_code_stands_in_once(
    sessions: SessionServiceStub, recovery_codes: list[str]
) -> None:
    assert len(set(recovery_codes)) == 10
    assert sessions.CreateToken(login(recovery_code=recovery_codes[0])).access_token
    assert reason(sessions, recovery_code=recovery_codes[0]) == "TOTP_CODE_INVALID"
    assert sessions.CreateToken(login(recovery_code=recovery_codes[1])).access_token


def test_a_wrong_password_is_refused_before_any_code_is_looked_at(
    sessions: SessionServiceStub, authenticator: Authenticator, recovery_codes: list[str]
) -> None:
    code = authenticator.code()
    wrong = session_pb2.CreateTokenRequest(username="ada", password="wrong", totp_code=code)
    assert error_of(sessions.CreateToken, wrong).reason == "CREDENTIALS_INVALID"
    assert sessions.CreateToken(login(totp_code=code)).access_token


def test_neither_secret_nor_recovery_codes_are_readable_in_the_database(
    authenticator: Authenticator, recovery_codes: list[str]
) -> None:
    device = TotpDevice.objects.get()
    assert authenticator.secret.hex() not in device.sealed.encode().hex()
    digests = [bytes(row.digest) for row in RecoveryCode.objects.all()]
    assert not {code.encode() for code in recovery_codes} & set(digests)
    assert {len(digest) for digest in digests} == {32}


def test_beginning_takes_the_password(totp: TotpServiceStub, me: Metadata) -> None:
    error = error_of(totp.BeginTotp, pb.BeginTotpRequest(password="wrong"), me)
    assert error.reason == "PASSWORD_WRONG"
    assert not TotpDevice.objects.exists()


def test_beginning_again_replaces_a_secret_that_was_not_confirmed(
    totp: TotpServiceStub, me: Metadata, authenticator: Authenticator
) -> None:
    totp.BeginTotp(pb.BeginTotpRequest(password=PASSWORD), metadata=me)
    request = pb.ConfirmTotpRequest(totp_code=authenticator.code())
    assert error_of(totp.ConfirmTotp, request, me).reason == "TOTP_CODE_INVALID"


def test_one_that_is_on_is_not_replaced(
    totp: TotpServiceStub, me: Metadata, recovery_codes: list[str]
) -> None:
    error = error_of(totp.BeginTotp, pb.BeginTotpRequest(password=PASSWORD), me)
    assert error.reason == "TOTP_ALREADY_ENABLED"


def test_it_is_turned_off_with_a_code_and_by_nothing_less(
    totp: TotpServiceStub,
    sessions: SessionServiceStub,
    me: Metadata,
    recovery_codes: list[str],
) -> None:
    wrong = pb.DisableTotpRequest(recovery_code="AAAA-AAAA-AAAA-AAAA")
    assert error_of(totp.DisableTotp, pb.DisableTotpRequest(), me).reason == "REQUEST_INVALID"
    assert error_of(totp.DisableTotp, wrong, me).reason == "TOTP_CODE_INVALID"
    totp.DisableTotp(pb.DisableTotpRequest(recovery_code=recovery_codes[0]), metadata=me)
    assert sessions.CreateToken(login()).access_token
    assert not RecoveryCode.objects.exists()


def test_what_is_off_can_be_neither_confirmed_nor_turned_off(
    totp: TotpServiceStub, me: Metadata
) -> None:
    confirm, disable = (
        pb.ConfirmTotpRequest(totp_code="123456"),
        pb.DisableTotpRequest(totp_code="123456"),
    )
    assert error_of(totp.ConfirmTotp, confirm, me).reason == "TOTP_NOT_ENABLED"
    assert error_of(totp.DisableTotp, disable, me).reason == "TOTP_NOT_ENABLED"


def test_a_locked_account_changes_nothing_of_it(
    totp: TotpServiceStub, ada: User, me: Metadata
) -> None:
    lock(ada)
    requests = (
        (totp.BeginTotp, pb.BeginTotpRequest(password=PASSWORD)),
        (totp.ConfirmTotp, pb.ConfirmTotpRequest(totp_code="123456")),
        (totp.DisableTotp, pb.DisableTotpRequest(totp_code="123456")),
    )
    assert {error_of(call, request, me).reason for call, request in requests} == {"ACCOUNT_LOCKED"}


@pytest.mark.parametrize("code", ["12345", "1234567", "abcdef", "١٢٣٤٥٦"])
def test_a_code_is_six_ascii_digits(totp: TotpServiceStub, me: Metadata, code: str) -> None:
    request = pb.ConfirmTotpRequest(totp_code=code)
    assert error_of(totp.ConfirmTotp, request, me).reason == "REQUEST_INVALID"
