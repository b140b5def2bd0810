"""Mail through the outbox, to a real SMTP server."""

import asyncio
import json
import socket
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from email.policy import default
from typing import cast
from uuid import UUID

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.db import transaction
from pytest_django import Settings

from mesh.auth.encryption import decrypt
from mesh.core.ids import uuid7
from mesh.mail.actions import queue_mail
from mesh.mail.models import Mail
from mesh.mail.recipients import PURPOSE, Recipient, recipient_for
from mesh.outbox.models import DoneStep, Step
from mesh.tests.toy.outbox import let_pass, run_due
from mesh.tests.toy.recipients import ACCOUNTS

pytestmark = pytest.mark.django_db(transaction=True)


class Mailbox:
    """Keeps what it is sent, and answers as it is told to, but the first `hangs_up` never."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.raw: list[bytes] = []
        self.sessions: set[object] = set()  # told apart by the client's address
        self.hangs_up = 0
        self.answer_to_recipient = "250 OK"
        self.answer_to_message = "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.answer_to_recipient

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.raw.append(envelope.original_content or b"")
        self.messages.append(message_from_bytes(self.raw[-1], policy=default))
        self.sessions.add(session.peer)
        if len(self.messages) <= self.hangs_up:
            cast("asyncio.Transport", server.transport).abort()
        return self.answer_to_message


@pytest.fixture
def mailbox(settings: Settings) -> Iterator[Mailbox]:
    mailbox = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    server = Controller(mailbox, hostname="127.0.0.1", port=port)
    server.start()
    settings.EMAIL_BACKEND = "mesh.mail.backend.FastSMTPBackend"
    settings.EMAIL_PORT = port
    yield mailbox
    server.stop()


@pytest.fixture
def ada() -> Iterator[UUID]:
    user_id = uuid7()
    ACCOUNTS[user_id] = Recipient("ada@example.org", "Ada <L>\nLovelace", verified=True)
    yield user_id
    ACCOUNTS.pop(user_id, None)


def queue(user_id: UUID, *, dedup_key: str = "greeting:1") -> Mail:
    with transaction.atomic():
        queue_mail(
            "greeting", user_id=user_id, context={"thing": "tea & cake"}, dedup_key=dedup_key
        )
    return Mail.objects.latest("create_time")


def test_a_queued_mail_arrives_in_text_and_in_html(mailbox: Mailbox, ada: UUID) -> None:
    mail = queue(ada)
    run_due()
    (message,) = mailbox.messages
    assert message["To"] == "ada@example.org"
    assert message["From"] == "Marketmesh <no-reply@marketmesh.example>"
    assert message["Subject"] == "Welcome, Ada <L> Lovelace"
    assert message["Message-ID"] == f"<{mail.id}@marketmesh.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"]
    text, html = (part.get_content() for part in message.iter_parts())  # type: ignore[attr-defined]
    assert "Dear Ada <L>\nLovelace, thank you for tea & cake." in text.replace("\r\n", "\n")
    assert "Dear Ada &lt;L&gt;" in html
    assert "tea &amp; cake" in html


def test_what_is_not_ascii_or_long_arrives_as_it_was(
    mailbox: Mailbox, ada: UUID, settings: Settings
) -> None:
    settings.DEFAULT_FROM_EMAIL = '"Märkte, weltweit" <shop@marketmesh.example>'
    name = f"Ada Łovelace{' of the house of Byron' * 60}"
    ACCOUNTS[ada] = Recipient(
        "ada@bücher.example", f"{name}\n.=_part\n--=_part--\nFrom ", verified=True
    )
    queue(ada)
    run_due()
    (message,) = mailbox.messages
    assert message["To"] == "ada@xn--bcher-kva.example"
    assert message["From"] == '"Märkte, weltweit" <shop@marketmesh.example>'
    assert message["Subject"] == f"Welcome, {name} .=_part --=_part-- From"
    text, html = (part.get_content() for part in message.iter_parts())  # type: ignore[attr-defined]
    for part in (text, html):
        assert f"Dear {name}\n.=_part\n--=_part--\nFrom , thank you" in part.replace("\r\n", "\n")
    assert max(len(line) for line in mailbox.raw[0].split(b"\r\n")) <= 78
    assert mailbox.raw[0].isascii()


@pytest.mark.parametrize("more", ["\r\nBcc: eve@example.org", "\n", "\r"])
def test_a_header_of_several_lines_is_refused(mailbox: Mailbox, ada: UUID, more: str) -> None:
    ACCOUNTS[ada] = Recipient(f"ada@example.org{more}", "Ada", verified=True)
    queue(ada)
    run_due()
    assert mailbox.messages == []
    assert "BadHeaderError" in Step.objects.get().last_error


def test_a_kept_recipient_is_read_by_workers_of_the_version_before_locales(ada: UUID) -> None:
    with transaction.atomic():
        to = Recipient("ada@example.org", "", verified=True)
        queue_mail("greeting", user_id=ada, context={}, dedup_key="1", to=to)
    kept = json.loads(decrypt(Mail.objects.get().sealed_recipient, PURPOSE))
    assert set(kept) == {"address", "full_name", "verified"}
    assert recipient_for(Mail.objects.get()) == to


def test_a_sent_mail_is_sent_once(mailbox: Mailbox, ada: UUID) -> None:
    mail = queue(ada)
    run_due()
    queue(ada)
    run_due()
    mail.refresh_from_db()
    assert (mail.state, len(mailbox.messages)) == (Mail.State.SENT, 1)
    assert mail.sent_time is not None


def test_a_mail_of_a_rolled_back_transaction_is_not_queued(mailbox: Mailbox, ada: UUID) -> None:
    with transaction.atomic():
        queue_mail("greeting", user_id=ada, context={}, dedup_key="greeting:1")
        transaction.set_rollback(True)
    assert run_due() == 0
    assert not Mail.objects.exists()


def test_a_mail_sent_again_keeps_its_message_id(mailbox: Mailbox, ada: UUID) -> None:
    queue(ada)
    mailbox.answer_to_message = "451 kept it, but says it did not"
    run_due()
    mailbox.answer_to_message = "250 OK"
    let_pass(2)
    run_due()
    first, second = mailbox.messages
    assert first["Message-ID"] == second["Message-ID"]
    assert Mail.objects.get().state == Mail.State.SENT


def test_a_server_that_is_down_or_busy_is_tried_again(
    mailbox: Mailbox, ada: UUID, settings: Settings
) -> None:
    queue(ada)
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    run_due()
    settings.EMAIL_PORT = port
    mailbox.answer_to_recipient = "450 busy"
    let_pass(2)
    run_due()
    mailbox.answer_to_recipient = "250 OK"
    let_pass(4)
    run_due()
    assert Mail.objects.get().state == Mail.State.SENT
    assert len(mailbox.messages) == 1


def test_a_mail_to_an_account_that_is_gone_is_dropped(mailbox: Mailbox, ada: UUID) -> None:
    queue(ada)
    del ACCOUNTS[ada]
    assert Mail.objects.get().context != {}
    run_due()
    mail = Mail.objects.get()
    assert (mail.state, mail.context) == (Mail.State.DROPPED, {})
    assert DoneStep.objects.count() == 1
    assert mailbox.messages == []


def test_an_address_refused_for_good_is_dropped_and_not_logged(
    mailbox: Mailbox, ada: UUID, capsys: pytest.CaptureFixture[str]
) -> None:
    ACCOUNTS[ada] = Recipient("zoe@example.org", "Zoe", verified=True)  # no digits of an id
    queue(ada)
    mailbox.answer_to_recipient = "550 no such user"
    run_due()
    assert Mail.objects.get().state == Mail.State.DROPPED
    assert DoneStep.objects.count() == 1
    logged = capsys.readouterr().out
    assert "mail_dropped" in logged
    assert "zoe" not in logged


def test_mails_that_one_bell_names_go_through_one_connection(mailbox: Mailbox, ada: UUID) -> None:
    for number in range(3):
        queue(ada, dedup_key=f"greeting:{number}")
    assert run_due() == 3
    assert len(mailbox.messages) == 3
    assert len(mailbox.sessions) == 1


def test_a_connection_that_broke_is_not_used_for_the_next_mail(mailbox: Mailbox, ada: UUID) -> None:
    queue(ada, dedup_key="greeting:1")
    queue(ada, dedup_key="greeting:2")
    mailbox.hangs_up = 1
    run_due()
    assert Mail.objects.filter(state=Mail.State.SENT).count() == 1
    let_pass(2)
    run_due()
    assert Mail.objects.filter(state=Mail.State.SENT).count() == 2
    assert len(mailbox.messages) == 3
