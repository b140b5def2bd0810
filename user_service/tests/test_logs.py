"""No log line has a secret, an address or a name in it, whatever is done and goes wrong."""

import json
import logging
from base64 import b32decode
from collections.abc import Iterator
from io import StringIO
from time import time

import grpc
import pytest

from market.user.v1 import credential_pb2, session_pb2, totp_pb2, user_pb2
from market.user.v1.credential_pb2_grpc import CredentialServiceStub
from market.user.v1.session_pb2_grpc import SessionServiceStub
from market.user.v1.totp_pb2_grpc import TotpServiceStub
from market.user.v1.user_pb2_grpc import UserServiceStub
from mesh.telemetry import logs
from mesh.testing.servers import as_service, error_of
from user_service.accounts.models import User
from user_service.credentials.tests.mails import RESET, WELCOME, token_for
from user_service.credentials.totp import code_of, step_at
from user_service.tests.accounts import Sign

USERNAME, EMAIL, NAME = "ada-of-the-test", "ada@people.example", "Augusta Ada King"
PASSWORD, NEW = "a password in no log", "another one in no log"
ADDRESS = "192.0.2.77"


@pytest.fixture
def log() -> Iterator[StringIO]:
    """What the service logs as a real start sets it up, at its most talkative."""
    root, written = logging.getLogger(), StringIO()
    handlers, level = root.handlers, root.level
    logs.configure("user_service", "DEBUG")
    logs.HANDLER.setStream(written)
    yield written
    root.handlers = handlers
    root.setLevel(level)


def test_no_secret_and_nothing_of_a_person_is_in_any_log_line(
    log: StringIO, channel: grpc.Channel, signed_in: Sign
) -> None:
    users, sessions = UserServiceStub(channel), SessionServiceStub(channel)
    credentials, totp = CredentialServiceStub(channel), TotpServiceStub(channel)
    edge = (*as_service("edge_api"), ("x-client-address", ADDRESS))
    users.CreateUser(
        user_pb2.CreateUserRequest(
            username=USERNAME, email=EMAIL, full_name=NAME, password=PASSWORD
        )
    )
    me = signed_in(User.objects.get())
    verify = credential_pb2.VerifyEmailRequest(token=token_for(WELCOME))
    credentials.VerifyEmail(verify)
    error_of(credentials.VerifyEmail, verify)
    login = session_pb2.CreateTokenRequest(email=EMAIL, password=PASSWORD)
    pair = sessions.CreateToken(login, metadata=edge)
    secret = totp.BeginTotp(totp_pb2.BeginTotpRequest(password=PASSWORD), metadata=me).secret
    code = code_of(b32decode(secret), step_at(time()))
    confirm = totp_pb2.ConfirmTotpRequest(totp_code=code)
    recovery = totp.ConfirmTotp(confirm, metadata=me).recovery_codes
    error_of(sessions.CreateToken, login, edge)
    login.recovery_code = recovery[0]
    sessions.CreateToken(login, metadata=edge)
    login.password = NEW
    for _ in range(7):
        error_of(sessions.CreateToken, login, edge)
    credentials.RequestPasswordReset(credential_pb2.RequestPasswordResetRequest(email=EMAIL))
    reset = token_for(RESET)
    credentials.ConfirmPasswordReset(
        credential_pb2.ConfirmPasswordResetRequest(token=reset, password=NEW)
    )
    again = credential_pb2.ReauthenticateRequest(recovery_code=recovery[1])
    proof = credentials.Reauthenticate(again, metadata=me).reauthentication_token
    erase = user_pb2.DeleteUserRequest(user_id="me", reauthentication_token=proof)
    users.DeleteUser(erase, metadata=me)

    lines = log.getvalue().splitlines()
    assert len([json.loads(line) for line in lines]) > 20
    hidden = [USERNAME, EMAIL, NAME, PASSWORD, NEW, ADDRESS, verify.token, reset, secret]
    hidden += [proof, code, *recovery, *pair.access_token.split("."), pair.refresh_token]
    assert [(line, word) for line in lines for word in hidden if word in line] == []
