"""Changing a password by the present one."""

from typing import Any

from market.user.v1.credential_pb2_grpc import CredentialServiceStub
from market.user.v1.session_pb2_grpc import SessionServiceStub
from mesh.testing.servers import error_of
from user_service.credentials.tests.signing_in import NEW, change, ended, refused, sign_in, winners
from user_service.tests.accounts import PASSWORD, Sign, an_account, lock


def test_a_changed_password_is_the_only_one_and_ends_all_sessions(
    credentials: CredentialServiceStub, sessions: SessionServiceStub, signed_in: Sign
) -> None:
    ada = an_account()
    token = sign_in(sessions, PASSWORD).refresh_token
    credentials.ChangePassword(change(), metadata=signed_in(ada))
    assert ended(sessions, token)
    assert refused(sessions, PASSWORD)
    assert sign_in(sessions, NEW).access_token


def test_who_does_not_know_the_present_password_changes_nothing(
    credentials: CredentialServiceStub, sessions: SessionServiceStub, signed_in: Sign
) -> None:
    ada = an_account()
    error = error_of(credentials.ChangePassword, change(old="wrong"), signed_in(ada))
    assert error.reason == "PASSWORD_WRONG"
    assert [violation.field for violation in error.violations] == ["old_password"]
    assert sign_in(sessions, PASSWORD).access_token


def test_a_weak_new_password_is_refused_by_its_field(
    credentials: CredentialServiceStub, signed_in: Sign
) -> None:
    ada = an_account()
    error = error_of(credentials.ChangePassword, change(new="password123"), signed_in(ada))
    assert error.reason == "PASSWORD_TOO_WEAK"
    assert {violation.field for violation in error.violations} == {"new_password"}


def test_of_four_changes_at_once_one_wins(
    credentials: CredentialServiceStub, signed_in: Sign
) -> None:
    metadata = signed_in(an_account())
    calls: Any = credentials.ChangePassword
    assert winners(lambda n: calls.future(change(new=f"{NEW} {n}"), metadata=metadata)) == 1


def test_a_locked_account_changes_no_password(
    credentials: CredentialServiceStub, signed_in: Sign
) -> None:
    ada = an_account()
    lock(ada)
    assert error_of(credentials.ChangePassword, change(), signed_in(ada)).reason == "ACCOUNT_LOCKED"
