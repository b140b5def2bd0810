"""An SMTP server in front of the mailbox that can be told to misbehave."""

import asyncio
import smtplib
from enum import Enum
from typing import Self, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from dev.ports import HOST

FORWARDED_WITHIN_S = 5.0


class Mood(Enum):
    """The reply to a message; `LOSES_ANSWERS` hands the message on and hangs up."""

    WELL = "250 OK"
    BUSY = "451 try again later"
    REFUSES = "554 transaction failed"
    LOSES_ANSWERS = ""


class MailGate:
    """Listens on `port` and hands mail on to the mailbox at `upstream`."""

    def __init__(self, port: int, upstream: int) -> None:
        self.port = port
        self._upstream = upstream
        self._controller: Controller | None = None
        self.mood = Mood.WELL

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def open(self) -> None:
        self._controller = Controller(self, hostname=HOST, port=self.port)
        self._controller.start()

    def close(self) -> None:
        """Connections are refused from now on. A repeat does nothing."""
        if self._controller is not None:
            self._controller.stop(no_assert=True)
            self._controller = None

    def heal(self) -> None:
        self.mood = Mood.WELL
        if self._controller is None:
            self.open()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        mood = self.mood
        if mood in (Mood.BUSY, Mood.REFUSES):
            return str(mood.value)
        try:
            await asyncio.to_thread(self._forward, envelope)
        except (OSError, smtplib.SMTPException):
            return str(Mood.BUSY.value)
        if mood is Mood.LOSES_ANSWERS:
            cast("asyncio.Transport", server.transport).abort()
        return str(Mood.WELL.value)

    def _forward(self, envelope: Envelope) -> None:
        with smtplib.SMTP(HOST, self._upstream, timeout=FORWARDED_WITHIN_S) as mailbox:
            mailbox.sendmail(
                envelope.mail_from or "", envelope.rcpt_tos, envelope.original_content or b""
            )
