"""Verifying an address: by the welcome, on request, and anew after a change."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models.functions import Now
from google.protobuf.field_mask_pb2 import FieldMask
from pytest_django import Settings

from market.user.v1 import credential_pb2 as pb
from market.user.v1 import user_pb2
from market.user.v1.credential_pb2_grpc import CredentialServiceStub
from market.user.v1.user_pb2_grpc import UserServiceStub
from mesh.mail.actions import SEND_MAIL
from mesh.mail.models import Mail
from mesh.outbox.actions import enqueue
from mesh.outbox.models import DoneStep, Step
from mesh.outbox.periodic import PeriodicJobs
from mesh.rpc.metadata import Metadata
from mesh.testing.servers import error_of
from user_service.accounts.mail_limits import VERIFY_EMAIL
from user_service.accounts.models import User
from user_service.accounts.notices import Notice, tell_owner
from user_service.credentials.actions.emails import enqueue_mail
from user_service.credentials.actions.passwords import request_reset
from user_service.credentials.models import MailedToken
from user_service.credentials.tests.mails import NOTICE, RESET, VERIFY, WELCOME, arrived, token_for
from user_service.tests.accounts import Sign, an_account, proof


def verify(credentials: CredentialServiceStub, token: str) -> None:
    credentials.VerifyEmail(pb.VerifyEmailRequest(token=token))


def refused(credentials: CredentialServiceStub, token: str) -> bool:
    error = error_of(credentials.VerifyEmail, pb.VerifyEmailRequest(token=token))
    return error.reason == "MAILED_TOKEN_INVALID"


def verified() -> bool:
    return User.objects.get().email_verified


def move(users: UserServiceStub, metadata: Metadata, address: str) -> Any:
    request = user_pb2.UpdateUserRequest(
        user=user_pb2.User(id="me", email=address),
        update_mask=FieldMask(paths=["email"]),
        reauthentication_token=proof(User.objects.get()),
    )
    return users.UpdateUser(request, metadata=metadata).user


def test_the_token_of_the_welcome_verifies_the_address_once(
    credentials: CredentialServiceStub,
) -> None:
    an_account()
    token = token_for(WELCOME)
    assert not verified()
    verify(credentials, token)
    assert verified()
    assert refused(credentials, token)


def test_of_eight_uses_of_one_token_at_once_one_wins(credentials: CredentialServiceStub) -> None:
    an_account()
    token, together = token_for(WELCOME), threading.Barrier(8)

    def use(_: int) -> bool:
        together.wait()
        request = pb.VerifyEmailRequest(token=token)
        answer = credentials.VerifyEmail.future(request, timeout=5)
        return answer.exception() is None

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(use, range(8))) == [False] * 7 + [True]


@pytest.mark.parametrize("token", ["made up", "é", "A" * 64, "=", "A" * 128])
def test_a_token_that_was_never_sent_is_refused(
    credentials: CredentialServiceStub, token: str
) -> None:
    an_account()
    assert refused(credentials, token)


def test_a_token_changed_in_any_letter_is_refused(credentials: CredentialServiceStub) -> None:
    an_account()
    token = token_for(WELCOME)
    for at in (0, 20, 40, 63):
        other = "A" if token[at] != "A" else "B"
        assert refused(credentials, token[:at] + other + token[at + 1 :])
    assert not verified()


def test_a_token_lasts_a_day_from_when_it_was_sent(credentials: CredentialServiceStub) -> None:
    an_account()
    token = token_for(WELCOME)
    left = MailedToken.objects.filter(expire_time__gt=Now() + timedelta(hours=23, minutes=59))
    assert left.exists()
    MailedToken.objects.update(expire_time=Now())
    assert refused(credentials, token)


def test_no_token_can_be_read_from_the_database(credentials: CredentialServiceStub) -> None:
    an_account()
    token = token_for(WELCOME)
    kept = [str(list(model.objects.values())) for model in (Mail, Step, DoneStep, MailedToken)]
    assert not any(token[24:40] in rows for rows in kept)


def test_a_mail_made_twice_carries_the_same_token_and_no_second_use(
    credentials: CredentialServiceStub,
) -> None:
    an_account()
    token = token_for(WELCOME)
    verify(credentials, token)
    Mail.objects.update(state=Mail.State.QUEUED, sent_time=None)
    with transaction.atomic():
        enqueue(SEND_MAIL, DoneStep.objects.get().payload, key="again")
    assert token_for(WELCOME) == token
    assert refused(credentials, token)


def test_a_new_address_waits_until_the_token_that_it_got_comes_back(
    users: UserServiceStub, credentials: CredentialServiceStub, signed_in: Sign
) -> None:
    me = signed_in(an_account(verified=True))
    moved = move(users, me, "new@people.example")
    assert (moved.email, moved.pending_email) == ("ada@people.example", "new@people.example")
    token = token_for(VERIFY)
    assert [(m.to, m.subject) for m in arrived()[-2:]] == [
        (["new@people.example"], VERIFY),
        (["ada@people.example"], NOTICE),
    ]
    verify(credentials, token)
    user = users.GetUser(user_pb2.GetUserRequest(user_id="me"), metadata=me).user
    assert (user.email, user.pending_email, user.email_verified) == ("new@people.example", "", True)
    told = arrived()[-1]
    assert (told.to, "its address was changed" in told.body) == (["ada@people.example"], True)


def test_the_address_before_keeps_its_own_token_while_another_waits(
    users: UserServiceStub, credentials: CredentialServiceStub, signed_in: Sign
) -> None:
    me = signed_in(an_account())
    token = token_for(WELCOME)
    move(users, me, "new@people.example")
    verify(credentials, token)
    user = User.objects.get()
    assert (user.email, user.email_verified) == ("ada@people.example", True)
    assert user.pending_email == "new@people.example"


@pytest.mark.parametrize("instead", ["ada@people.example", "third@people.example"])
def test_a_token_is_worth_nothing_once_its_address_waits_no_more(
    users: UserServiceStub, credentials: CredentialServiceStub, signed_in: Sign, instead: str
) -> None:
    me = signed_in(an_account(verified=True))
    move(users, me, "new@people.example")
    token = token_for(VERIFY)
    move(users, me, instead)
    assert refused(credentials, token)


def test_a_new_password_ends_the_wait_of_an_address_that_the_old_one_asked_for(
    users: UserServiceStub, credentials: CredentialServiceStub, signed_in: Sign
) -> None:
    me = signed_in(an_account(verified=True))
    move(users, me, "thief@people.example")
    token = token_for(VERIFY)
    credentials.RequestPasswordReset(pb.RequestPasswordResetRequest(username="ada"))
    request = pb.ConfirmPasswordResetRequest(token=token_for(RESET), password="taken back again")
    credentials.ConfirmPasswordReset(request)
    assert refused(credentials, token)


def test_an_address_that_somebody_else_has_by_then_is_not_taken_over(
    users: UserServiceStub, credentials: CredentialServiceStub, signed_in: Sign
) -> None:
    me = signed_in(an_account())
    move(users, me, "bob@people.example")
    token = token_for(VERIFY)
    an_account("bob")
    error = error_of(credentials.VerifyEmail, pb.VerifyEmailRequest(token=token))
    assert error.reason == "EMAIL_TAKEN"
    assert User.objects.get(username="ada").email == "ada@people.example"


def test_a_mail_asked_for_again_goes_to_the_address_that_waits(
    users: UserServiceStub, credentials: CredentialServiceStub, signed_in: Sign
) -> None:
    me = signed_in(an_account(verified=True))
    move(users, me, "new@people.example")
    credentials.RequestEmailVerification(pb.RequestEmailVerificationRequest(), metadata=me)
    assert [m.to for m in arrived() if m.subject == VERIFY] == [["new@people.example"]] * 2


def test_a_token_to_set_a_password_verifies_no_address(
    credentials: CredentialServiceStub,
) -> None:
    an_account(verified=True)
    credentials.RequestPasswordReset(pb.RequestPasswordResetRequest(username="ada"))
    assert refused(credentials, token_for(RESET))


def test_another_mail_can_be_asked_for_but_not_two_at_a_time(
    credentials: CredentialServiceStub, signed_in: Sign
) -> None:
    me = signed_in(an_account())
    for _ in range(2):
        credentials.RequestEmailVerification(pb.RequestEmailVerificationRequest(), metadata=me)
    assert [message.subject for message in arrived()] == [WELCOME, VERIFY]
    verify(credentials, token_for(VERIFY))


def test_who_is_verified_already_gets_no_mail(
    credentials: CredentialServiceStub, signed_in: Sign
) -> None:
    me = signed_in(an_account())
    verify(credentials, token_for(WELCOME))
    credentials.RequestEmailVerification(pb.RequestEmailVerificationRequest(), metadata=me)
    assert [message.subject for message in arrived()] == [WELCOME]


@pytest.mark.django_db(transaction=True)
def test_a_front_end_is_linked_to_with_the_token_where_no_server_logs_it(
    settings: Settings,
) -> None:
    settings.ACCOUNT_PAGES_URL = "https://shop.example/account"
    an_account()
    message = arrived()[0]
    assert isinstance(message, EmailMultiAlternatives)
    link = "https://shop.example/account/verify-email#token="
    body, html = str(message.body), str(message.alternatives[0][0])
    assert link in body
    assert f'href="{link}' in html
    assert "/api/auth" not in body + html


@pytest.mark.django_db(transaction=True)
def test_all_mails_about_an_account_are_in_its_language() -> None:
    ada = an_account(locale="de", verified=True)
    request_reset(username="ada")
    with transaction.atomic():
        enqueue_mail(VERIFY_EMAIL, user=ada)
        for notice in Notice:
            tell_owner(ada, notice)
    messages = arrived()
    assert {message.subject for message in messages} == {
        "Willkommen bei Marketmesh",
        "Neues Passwort setzen",
        "Bestätige deine Adresse",
        "Sicherheitshinweis zu deinem Konto",
    }
    assert len(messages) == 3 + len(Notice)
    for message in messages:
        assert isinstance(message, EmailMultiAlternatives)
        html = str(message.alternatives[0][0])
        assert '<html lang="de">' in html
        for part in (str(message.body), html):
            assert "Hallo" in part
            assert not [notice for notice in Notice if notice in part]


@pytest.mark.django_db(transaction=True)
def test_housekeeping_deletes_the_tokens_that_expired() -> None:
    an_account()
    token_for(WELCOME)
    MailedToken.objects.update(expire_time=Now())
    PeriodicJobs().run_when_due()
    assert not MailedToken.objects.exists()
