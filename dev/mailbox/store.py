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
    content BLOB NOT NULL,
    read INTEGER NOT NULL DEFAULT 0
)"""
ADD_READ = "ALTER TABLE mail ADD COLUMN read INTEGER NOT NULL DEFAULT 0"
# An empty address is everybody's; words are looked for in what the list shows.
FOUND = """
FROM mail WHERE (:address = '' OR EXISTS (
    SELECT 1 FROM json_each(summary, '$.To') WHERE json_extract(value, '$.Address') = :address
)) AND NOT EXISTS (
    SELECT 1 FROM json_each(:words) WHERE instr(lower(
        json_extract(summary, '$.Subject') || ' ' || json_extract(summary, '$.Snippet') || ' ' ||
        json_extract(summary, '$.From') || ' ' || json_extract(summary, '$.To')
    ), value) = 0
)"""
TOTALS = "SELECT count(*), count(*) - COALESCE(sum(read), 0) FROM mail"
COUNT = f"SELECT count(*) {FOUND}"
PAGE = f"SELECT summary, read {FOUND} ORDER BY number DESC LIMIT :limit OFFSET :start"
THESE = "WHERE id IN (SELECT value FROM json_each(?))"
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
        if "read" not in {column[1] for column in self._rows("PRAGMA table_info(mail)")}:
            self._database.execute(ADD_READ)  # of a store from before it knew

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

    def page(
        self, *, start: int, limit: int, address: str = "", words: Sequence[str] = ()
    ) -> dict[str, Any]:
        """Returns summaries, newest first: of mails to the address, with all of the words."""
        asked = {"address": address, "words": json.dumps([word.lower() for word in words])}
        ((total, unread),) = self._rows(TOTALS)
        ((count,),) = self._rows(COUNT, asked)
        found = self._rows(PAGE, {**asked, "start": start, "limit": limit})
        messages = [{**json.loads(summary), "Read": bool(read)} for summary, read in found]
        counts = {"total": total, "unread": unread, "messages_count": count}
        return {**counts, "start": start, "messages": messages}

    def message(self, mail_id: str) -> dict[str, Any] | None:
        """Returns one mail with its texts; None for an unknown id."""
        found = self._rows("SELECT summary, content FROM mail WHERE id = ?", (mail_id,))
        for summary, content in found:
            message = _parser.parsebytes(content)
            texts = {"Text": _body(message, "plain"), "HTML": _body(message, "html")}
            return {**json.loads(summary), "Date": _date(message), **texts}
        return None

    def source(self, mail_id: str) -> bytes | None:
        """Returns a mail as it came; None for an unknown id."""
        found = self._rows("SELECT content FROM mail WHERE id = ?", (mail_id,))
        return bytes(found[0][0]) if found else None

    def headers(self, mail_id: str) -> dict[str, list[str]] | None:
        """Returns the headers of a mail by name; None for an unknown id."""
        content = self.source(mail_id)
        if content is None:
            return None
        message = _parser.parsebytes(content, headersonly=True)
        return {name: [str(one) for one in message.get_all(name, [])] for name in message}

    def mark(self, ids: Sequence[str], *, read: bool) -> None:
        self._rows(f"UPDATE mail SET read = ? {THESE}", (read, json.dumps(ids)))  # noqa: S608

    def delete(self, ids: Sequence[str]) -> None:
        self._rows(f"DELETE FROM mail {THESE}", (json.dumps(ids),))  # noqa: S608

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
