"""Received mails in one SQLite file, the newest ten thousand kept; nothing in memory."""

import email.policy
import json
import sqlite3
import threading
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import getaddresses
from pathlib import Path
from typing import Any

KEPT = 10_000
SNIPPET_CHARS = 120
SCHEMA = """
CREATE TABLE IF NOT EXISTS mail (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    summary TEXT NOT NULL,
    content BLOB NOT NULL
)"""
# An empty address is everybody's.
COUNT = """
SELECT (SELECT count(*) FROM mail), count(*) FROM mail WHERE :address = '' OR EXISTS (
    SELECT 1 FROM json_each(summary, '$.To') WHERE json_extract(value, '$.Address') = :address
)"""
PAGE = """
SELECT summary FROM mail WHERE :address = '' OR EXISTS (
    SELECT 1 FROM json_each(summary, '$.To') WHERE json_extract(value, '$.Address') = :address
) ORDER BY number DESC LIMIT :limit OFFSET :start"""
_parser = BytesParser(_class=EmailMessage, policy=email.policy.default)


class MailStore:
    """A store of mails in the shapes of Mailpit's API, so that the same clients read both."""

    def __init__(self, directory: Path, *, kept: int = KEPT) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._kept = kept
        self._lock = threading.Lock()
        self._database = sqlite3.connect(
            directory / "mails.sqlite3", check_same_thread=False, isolation_level=None
        )
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=NORMAL")  # a kill of the process loses nothing
        self._database.execute(SCHEMA)

    def close(self) -> None:
        self._database.close()

    def add(self, content: bytes, recipients: Sequence[str]) -> str:
        """Keeps a message; returns its id. A kept message survives the end of the process."""
        mail_id = uuid.uuid4().hex
        summary = _summary(mail_id, _parser.parsebytes(content), recipients)
        row = (mail_id, json.dumps(summary), content)
        self._rows("INSERT INTO mail (id, summary, content) VALUES (?, ?, ?)", row)
        self._rows(
            "DELETE FROM mail WHERE number <= (SELECT max(number) FROM mail) - ?", (self._kept,)
        )
        return mail_id

    def page(self, *, start: int, limit: int, address: str = "") -> dict[str, Any]:
        """Returns summaries, newest first; with an address only of mails to it."""
        asked = {"address": address, "start": start, "limit": limit}
        ((total, count),) = self._rows(COUNT, asked)
        messages = [json.loads(summary) for (summary,) in self._rows(PAGE, asked)]
        return {"total": total, "messages_count": count, "start": start, "messages": messages}

    def message(self, mail_id: str) -> dict[str, Any] | None:
        """Returns one mail with its texts; None for an unknown id."""
        found = self._rows("SELECT summary, content FROM mail WHERE id = ?", (mail_id,))
        for summary, content in found:
            message = _parser.parsebytes(content)
            texts = {"Text": _body(message, "plain"), "HTML": _body(message, "html")}
            return {**json.loads(summary), "Date": _date(message), **texts}
        return None

    def clear(self) -> None:
        self._rows("DELETE FROM mail")

    def _rows(
        self, statement: str, values: Sequence[object] | Mapping[str, object] = ()
    ) -> list[Any]:
        with self._lock:
            return self._database.execute(statement, values).fetchall()


def _summary(mail_id: str, message: EmailMessage, recipients: Sequence[str]) -> dict[str, Any]:
    sender = _addresses(message.get_all("From", []))
    return {
        "ID": mail_id,
        "MessageID": str(message["Message-ID"] or "").strip("<>"),
        "From": sender[0] if sender else {"Name": "", "Address": ""},
        "To": _addresses(message.get_all("To", recipients)),
        "Subject": str(message["Subject"] or ""),
        "Created": datetime.now(UTC).isoformat(),
        "Snippet": " ".join(_body(message, "plain").split())[:SNIPPET_CHARS],
    }


def _date(message: EmailMessage) -> str:
    """Returns the Date header in ISO form; empty when there is none."""
    date = message["Date"]
    return date.datetime.isoformat() if date is not None and date.datetime else ""


def _addresses(headers: Iterable[object]) -> list[dict[str, str]]:
    pairs = getaddresses([str(header) for header in headers])
    return [{"Name": name, "Address": address} for name, address in pairs]


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part is not None else ""
