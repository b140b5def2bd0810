"""A mailbox for development: SMTP in, a page and Mailpit's JSON API out.

`python -m dev.mailbox.__main__`, told by MAILBOX_DIR, SMTP_PORT and MAILBOX_PORT.
"""

import os
import signal
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from dev.mailbox.page import Pages
from dev.mailbox.store import MailStore
from dev.ports import HOST


def main() -> None:
    """Serves as the environment says until SIGTERM or Ctrl-C."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with (
        closing(MailStore(Path(os.environ["MAILBOX_DIR"]))) as store,
        serving(
            store,
            smtp_port=int(os.environ["SMTP_PORT"]),
            http_port=int(os.environ["MAILBOX_PORT"]),
        ),
    ):
        stop.wait()


@contextmanager
def serving(store: MailStore, *, smtp_port: int, http_port: int) -> Iterator[None]:
    """Runs both servers, each on a thread, while the context lasts.

    The page starts last, so that a page that answers means that mail is taken too.
    """
    smtp = Controller(_Receiver(store), hostname=HOST, port=smtp_port)
    with Pages(store, http_port) as http:
        pages = threading.Thread(target=http.serve_forever, name="http")
        try:
            smtp.start()
            pages.start()
            yield
        finally:
            smtp.stop(no_assert=True)
            if pages.ident is not None:
                http.shutdown()
                pages.join()


class _Receiver:
    def __init__(self, store: MailStore) -> None:
        self._store = store

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keeps a mail; on a full disk the reply 452 has it sent again (RFC 5321, 4.2.2)."""
        content = envelope.original_content or b""
        try:
            return f"250 kept as {self._store.add(content, envelope.rcpt_tos)}"
        except sqlite3.OperationalError as error:
            return f"452 can't keep it now: {error}"


if __name__ == "__main__":
    main()
