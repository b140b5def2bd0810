"""Who guesses has to wait, longer each time; who knows gets in."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from market.user.v1 import credential_pb2, totp_pb2
from market.user.v1.credential_pb2_grpc import CredentialServiceStub
from market.user.v1.session_pb2_grpc import SessionServiceStub
from market.user.v1.totp_pb2_grpc import TotpServiceStub
from mesh.outbox.periodic import PeriodicJobs
from mesh.testing.servers import error_of
from user_service.credentials.models import Throttle
from user_service.credentials.tests.guessing import (
    FREE,
    from_address,
    guess,
    guesses,
    let_an_hour_pass,
    let_wait_pass,
    login,
)
from user_service.credentials.tests.mails import RESET, token_for
from user_service.tests.accounts import PASSWORD, Sign, an_account


@pytest.mark.parametrize(
    "name", [{"username": "ada"}, {"username": "nobody"}, {"email": "no@b.example"}]
)
def test_after_a_few_guesses_a_login_shuts_whether_or_not_it_exists(
    sessions: SessionServiceStub, name: dict[str, str]
) -> None:
    an_account()
    assert {guess(sessions, name).reason for _ in range(FREE)} == {"CREDENTIALS_INVALID"}
    error = guess(sessions, name)
    assert (error.code, error.reason) == (8, "LOGIN_THROTTLED")
    assert 0 < (error.retry_after_s or 0) <= 1
    assert not {"username", "email"} & set(error.metadata)


def test_the_right_password_waits_too_and_then_clears_all(sessions: SessionServiceStub) -> None:
    an_account()
    for _ in range(FREE):
        guess(sessions)
    assert error_of(sessions.CreateToken, login(username="ada")).reason == "LOGIN_THROTTLED"
    let_wait_pass()
    assert sessions.CreateToken(login(username="ADA")).access_token
    assert guesses(sessions, FREE) == {"CREDENTIALS_INVALID"}


def test_each_wait_is_twice_the_one_before_and_none_is_for_good(
    sessions: SessionServiceStub,
) -> None:
    an_account()
    guesses(sessions, FREE)
    waits = []
    for _ in range(12):
        guess(sessions)
        waits.append(round(guess(sessions).retry_after_s or 0))
        let_wait_pass()
    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300, 300]


def test_once_shut_one_try_at_a_time_gets_through(sessions: SessionServiceStub) -> None:
    an_account()
    guesses(sessions, FREE)
    calls: Any = sessions.CreateToken
    request = login(username="ada", password="a guess")
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: calls.future(request).exception().details(), range(4)))
    assert answers.count("no account matches this login and password") == 1


def test_many_who_sign_in_rightly_at_once_never_wait(sessions: SessionServiceStub) -> None:
    an_account()
    calls: Any = sessions.CreateToken
    pending = [calls.future(login(username="ada")) for _ in range(16)]
    assert {answer.exception() for answer in pending} == {None}


def test_an_hour_without_a_failure_forgets_them(sessions: SessionServiceStub) -> None:
    an_account()
    guesses(sessions, FREE + 3)
    let_an_hour_pass()
    assert {guess(sessions).reason for _ in range(FREE)} == {"CREDENTIALS_INVALID"}


def test_housekeeping_deletes_the_forgotten_and_no_other(sessions: SessionServiceStub) -> None:
    guesses(sessions, 1, {"username": "old"})
    let_an_hour_pass()
    guesses(sessions, 1, {"username": "new"})
    PeriodicJobs().run_when_due()
    assert Throttle.objects.count() == 1


def test_another_login_is_not_kept_waiting(sessions: SessionServiceStub) -> None:
    an_account()
    an_account("bob")
    for _ in range(FREE + 1):
        guess(sessions)
    assert sessions.CreateToken(login(username="bob")).access_token


def test_a_password_set_by_mail_ends_the_wait(
    credentials: CredentialServiceStub, sessions: SessionServiceStub
) -> None:
    an_account(verified=True)
    for _ in range(FREE + 1):
        guess(sessions)
    credentials.RequestPasswordReset(credential_pb2.RequestPasswordResetRequest(username="ada"))
    new = "a horse of another colour"
    request = credential_pb2.ConfirmPasswordResetRequest(token=token_for(RESET), password=new)
    credentials.ConfirmPasswordReset(request)
    assert sessions.CreateToken(login(username="ada", password=new)).access_token


def test_guessing_behind_a_stolen_access_token_is_slowed_down_for_every_rpc(
    credentials: CredentialServiceStub, totp: TotpServiceStub, signed_in: Sign
) -> None:
    me = signed_in(an_account())
    change = credential_pb2.ChangePasswordRequest(old_password="a guess", new_password=PASSWORD)
    for _ in range(FREE):
        assert error_of(credentials.ChangePassword, change, me).reason == "PASSWORD_WRONG"
    begin = totp_pb2.BeginTotpRequest(password=PASSWORD)
    assert error_of(credentials.ChangePassword, change, me).reason == "LOGIN_THROTTLED"
    assert error_of(totp.BeginTotp, begin, me).reason == "LOGIN_THROTTLED"


def test_rows_tell_neither_logins_nor_addresses(sessions: SessionServiceStub) -> None:
    guess(sessions, {"email": "someone@people.example"}, from_address("192.0.2.7"))
    rows = Throttle.objects.all()
    assert [len(bytes(row.door)) for row in rows] == [32, 32]
    assert {str(row) for row in rows} == {"1 failures"}
