"""The welcome mail as it is made when it is sent."""

import re

import pytest
from django.core.mail import EmailMultiAlternatives

from mesh.mail.message import message_of
from mesh.mail.models import Mail
from mesh.outbox.models import Step
from mesh.outbox.runner import run_steps
from user_service.accounts import queries
from user_service.accounts.models import User
from user_service.tests.accounts import an_account, erase

pytestmark = pytest.mark.django_db


def the_message() -> EmailMultiAlternatives:
    mail = Mail.objects.get()
    recipient = queries.recipient(mail.user_id)
    assert recipient is not None
    return message_of(mail, recipient)


def test_the_welcome_goes_to_the_accounts_address_of_that_moment_without_a_word_of_its_user() -> (
    None
):
    ada = an_account()
    User.objects.filter(id=ada.id).update(email="new@people.example")
    message = the_message()
    assert message.to == ["new@people.example"]
    assert message.subject == "Welcome to Marketmesh"
    for part in (message.body, message.alternatives[0][0]):
        assert "Hello," in str(part)
        assert not {"ada", "Ada", "Lovelace"} & set(re.findall(r"\w+", str(part)))


def test_a_name_is_greeted_at_an_address_that_its_owner_verified_and_escaped() -> None:
    User.objects.filter(id=an_account(verified=True).id).update(full_name="<Ada> & Co")
    message = the_message()
    assert "Hello <Ada> & Co," in message.body
    html, _ = message.alternatives[0]
    assert "Hello &lt;Ada&gt; &amp; Co," in str(html)


def test_somebody_without_a_full_name_is_greeted_by_username() -> None:
    User.objects.filter(id=an_account(verified=True).id).update(full_name="")
    assert "Hello ada," in the_message().body


@pytest.mark.django_db(transaction=True)
def test_an_account_erased_meanwhile_gets_no_mail() -> None:
    erase(an_account())
    run_steps(list(Step.objects.values_list("id", flat=True)))
    assert Mail.objects.get(template="welcome").state == Mail.State.DROPPED
