"""What registering and erasing leave in the database, and what they don't."""

from collections.abc import Iterator

import pytest
from django.db import connection, transaction

from market.user.v1 import session_pb2, user_pb2
from market.user.v1.session_pb2_grpc import SessionServiceStub
from market.user.v1.user_pb2_grpc import UserServiceStub
from mesh.core.ids import uuid7
from mesh.mail.models import Mail
from mesh.outbox.models import Step
from user_service.accounts.models import User
from user_service.credentials.models import MailedToken, RecoveryCode, TotpDevice
from user_service.credentials.tests.mails import WELCOME, token_for
from user_service.sessions.actions import begin_session
from user_service.sessions.models import Session
from user_service.tests.accounts import PASSWORD, an_account, erase


class SomethingBroke(Exception):
    pass


@pytest.mark.django_db(transaction=True)
def test_a_registration_rolled_back_owes_no_welcome() -> None:
    def register_and_break() -> None:
        with transaction.atomic():
            an_account()
            raise SomethingBroke

    with pytest.raises(SomethingBroke):
        register_and_break()
    assert not any(model.objects.exists() for model in (User, Mail, Step))


def rows() -> Iterator[str]:
    """Every row of every table as text, its bytes as hexadecimals."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT row_to_json(t)::text FROM {table} AS t")  # noqa: S608  # ours
            for (row,) in cursor.fetchall():
                yield table + row


def test_erasing_leaves_nothing_of_the_person_anywhere(
    users: UserServiceStub, sessions: SessionServiceStub
) -> None:
    person = ("ada.lovelace", "ada@people.example", "Augusta Ada King", PASSWORD)
    username, email, full_name, password = person
    users.CreateUser(
        user_pb2.CreateUserRequest(
            username=username,
            email=email,
            full_name=full_name,
            password=password,
            request_id=str(uuid7()),
        )
    )
    sessions.CreateToken(session_pb2.CreateTokenRequest(email=email, password=password))
    traces = [form for word in person for form in (word, word.encode().hex())]
    assert any(trace in row for row in rows() for trace in traces)
    erase(User.objects.get())
    assert [(row, trace) for row in rows() for trace in traces if trace in row] == []


@pytest.mark.django_db(transaction=True)
def test_erasing_deletes_whatever_other_apps_keep_of_the_account_and_no_other() -> None:
    ada, bob = an_account("ada"), an_account("bob")
    token_for(WELCOME)
    for user in (ada, bob):
        begin_session(user=user)
        TotpDevice.objects.create(user=user, sealed="")
        RecoveryCode.objects.create(user=user, digest=b"")
    erase(ada)
    for model in (Session, MailedToken, TotpDevice, RecoveryCode):
        assert {row.user_id for row in model.objects.all()} == {bob.id}


@pytest.mark.django_db
def test_erasing_keeps_the_id() -> None:
    ada = an_account()
    erase(ada)
    assert [user.id for user in User.objects.all()] == [ada.id]
