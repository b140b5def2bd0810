"""Setting a password by a mail when it is forgotten."""

import time
from typing import Any

import pytest
from django.db.models.functions import Now

from market.user.v1 import credential_pb2 as pb
from market.user.v1.credential_pb2_grpc import CredentialServiceStub
from market.user.v1.session_pb2_grpc import SessionServiceStub
from mesh.mail.models import Mail
from mesh.outbox.models import Step
from mesh.testing.servers import error_of
from user_service.accounts.models import User
from user_service.credentials.models import MailedToken
from user_service.credentials.tests.mails import NOTICE, RESET, VERIFY, WELCOME, arrived, token_for
from user_service.credentials.tests.signing_in import NEW, change, ended, refused, sign_in, winners
from user_service.tests.accounts import PASSWORD, Sign, an_account, erase


def reset_token(credentials: CredentialServiceStub) -> str:
    credentials.RequestPasswordReset(pb.RequestPasswordResetRequest(username="ada"))
    return token_for(RESET)


def confirm(token: str, password: str = NEW) -> pb.ConfirmPasswordResetRequest:
    return pb.ConfirmPasswordResetRequest(token=token, password=password)


def test_a_mailed_token_sets_a_password_once_and_ends_all_sessions(
    credentials: CredentialServiceStub, sessions: SessionServiceStub
) -> None:
    an_account(verified=True)
    session = sign_in(sessions, PASSWORD).refresh_token
    token = reset_token(credentials)
    credentials.ConfirmPasswordReset(confirm(token))
    assert ended(sessions, session)
    assert refused(sessions, PASSWORD)
    assert sign_in(sessions, NEW).access_token
    again = error_of(credentials.ConfirmPasswordReset, confirm(token, "yet another password"))
    assert again.reason == "MAILED_TOKEN_INVALID"


def test_of_four_uses_of_one_token_at_once_one_wins(credentials: CredentialServiceStub) -> None:
    an_account(verified=True)
    token = reset_token(credentials)
    calls: Any = credentials.ConfirmPasswordReset
    assert winners(lambda n: calls.future(confirm(token, f"{NEW} {n}"))) == 1


def test_a_password_that_is_refused_leaves_the_token_good(
    credentials: CredentialServiceStub,
) -> None:
    an_account(verified=True)
    token = reset_token(credentials)
    weak = error_of(credentials.ConfirmPasswordReset, confirm(token, "password123"))
    assert weak.reason == "PASSWORD_TOO_WEAK"
    credentials.ConfirmPasswordReset(confirm(token))


def test_a_token_ends_with_its_hour_with_a_new_password_and_with_its_address(
    credentials: CredentialServiceStub, signed_in: Sign
) -> None:
    ada = an_account(verified=True)
    token = reset_token(credentials)
    User.objects.update(email="new@people.example")
    assert error_of(credentials.ConfirmPasswordReset, confirm(token)).reason
    User.objects.update(email=ada.email)
    credentials.ChangePassword(change(), metadata=signed_in(ada))
    assert error_of(credentials.ConfirmPasswordReset, confirm(token)).reason
    MailedToken.objects.update(used_time=None, expire_time=Now())
    error = error_of(credentials.ConfirmPasswordReset, confirm(token))
    assert error.reason == "MAILED_TOKEN_INVALID"


def test_a_token_to_verify_an_address_sets_no_password(
    credentials: CredentialServiceStub,
) -> None:
    an_account()
    error = error_of(credentials.ConfirmPasswordReset, confirm(token_for(WELCOME)))
    assert error.reason == "MAILED_TOKEN_INVALID"


@pytest.mark.parametrize(
    "login", [{"username": "nobody"}, {"email": "nobody@people.example"}, {"username": "erased"}]
)
def test_who_has_no_account_gets_the_same_answer_and_leaves_the_same_behind(
    credentials: CredentialServiceStub, login: dict[str, str]
) -> None:
    an_account(verified=True)
    erase(an_account("erased"))
    for request in (
        pb.RequestPasswordResetRequest(email="ADA@people.example"),
        pb.RequestPasswordResetRequest(**login),
    ):
        assert credentials.RequestPasswordReset(request) == pb.RequestPasswordResetResponse()
    asked = Step.objects.filter(kind="reset_password").values_list("payload", flat=True)
    assert [set(payload) for payload in asked] == [{"user_id"}, {"user_id"}]
    arrived()
    assert Mail.objects.filter(template="reset_password").count() == 1


def test_the_time_of_a_request_does_not_tell_whether_the_account_exists(
    credentials: CredentialServiceStub,
) -> None:
    an_account()

    def seconds(username: str) -> float:
        started = time.perf_counter()
        credentials.RequestPasswordReset(pb.RequestPasswordResetRequest(username=username))
        return time.perf_counter() - started

    seconds("warm-up")
    rounds = [(seconds("ada"), seconds("nobody")) for _ in range(30)]
    known, unknown = (min(column) for column in zip(*rounds, strict=True))
    assert 0.5 < unknown / known < 2


def test_asking_again_and_again_owes_one_mail(credentials: CredentialServiceStub) -> None:
    an_account(verified=True)
    for _ in range(3):
        credentials.RequestPasswordReset(pb.RequestPasswordResetRequest(username="ada"))
    assert [message.subject for message in arrived()] == [WELCOME, RESET]


def test_who_never_verified_its_address_verifies_it_before_a_password_is_set_by_it(
    credentials: CredentialServiceStub, sessions: SessionServiceStub
) -> None:
    an_account()
    credentials.RequestPasswordReset(pb.RequestPasswordResetRequest(username="ada"))
    assert [message.subject for message in arrived()] == [WELCOME, VERIFY]
    credentials.VerifyEmail(pb.VerifyEmailRequest(token=token_for(VERIFY)))
    credentials.ConfirmPasswordReset(confirm(reset_token(credentials)))
    assert sign_in(sessions, NEW).access_token


def test_a_reset_never_goes_to_an_address_that_waits_to_be_verified(
    credentials: CredentialServiceStub,
) -> None:
    an_account(verified=True)
    User.objects.update(pending_email="thief@people.example")
    reset_token(credentials)
    assert [m.to for m in arrived() if m.subject == RESET] == [["ada@people.example"]]
    User.objects.update(email_verified=False)
    error = error_of(credentials.ConfirmPasswordReset, confirm(token_for(RESET)))
    assert error.reason == "MAILED_TOKEN_INVALID"


def test_a_new_password_is_told_to_its_owner(credentials: CredentialServiceStub) -> None:
    an_account(verified=True)
    credentials.ConfirmPasswordReset(confirm(reset_token(credentials)))
    told = arrived()[-1]
    assert (told.to, told.subject) == (["ada@people.example"], NOTICE)
    assert "its password was changed" in told.body
