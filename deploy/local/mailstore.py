"""Received mails: one file each, the newest thousand kept, an index in memory."""

import email
import email.policy
import threading
import uuid
from collections.abc import Iterable, Sequence
from email.message import EmailMessage
from email.utils import getaddresses
from pathlib import Path
from typing import Any

KEPT = 1000
SNIPPET_CHARS = 120


def read(content: bytes) -> EmailMessage:
    return email.message_from_bytes(content, policy=email.policy.default)


class MailStore:
    """Shapes are those of Mailpit's API, so that the same clients read both."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._directory.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        files = sorted(directory.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
        self._summaries = [_summary(path.stem, read(path.read_bytes())) for path in files]

    def add(self, content: bytes, recipients: Sequence[str]) -> str:
        """Keep a message; answers its id. It is on disk when this returns."""
        message, mail_id = read(content), uuid.uuid4().hex
        if not message["To"]:
            message["To"] = ", ".join(recipients)
        partial = self._directory / f".{mail_id}"
        partial.write_bytes(message.as_bytes())
        partial.rename(self._path(mail_id))
        with self._lock:
            self._summaries.append(_summary(mail_id, message))
            old, self._summaries = self._summaries[:-KEPT], self._summaries[-KEPT:]
        self._unlink(old)
        return mail_id

    def page(self, *, start: int, limit: int, address: str = "") -> dict[str, Any]:
        """Summaries, newest first; with an address only mail to it."""
        with self._lock:
            found = [mail for mail in reversed(self._summaries) if _is_to(mail, address)]
            total = len(self._summaries)
        page = found[start : start + limit]
        return {"total": total, "messages_count": len(found), "messages": page}

    def message(self, mail_id: str) -> dict[str, Any] | None:
        """One mail with its texts; None when there is none of this id."""
        with self._lock:
            known = next((mail for mail in self._summaries if mail["ID"] == mail_id), None)
        if known is None:
            return None
        message = read(self._path(mail_id).read_bytes())
        texts = {"Text": _body(message, "plain"), "HTML": _body(message, "html")}
        return {**known, "Date": known["Created"], **texts}

    def clear(self) -> None:
        with self._lock:
            old, self._summaries = self._summaries, []
        self._unlink(old)

    def _path(self, mail_id: str) -> Path:
        return self._directory / f"{mail_id}.eml"

    def _unlink(self, mails: Iterable[dict[str, Any]]) -> None:
        for mail in mails:
            self._path(mail["ID"]).unlink(missing_ok=True)


def _summary(mail_id: str, message: EmailMessage) -> dict[str, Any]:
    sender = _addresses(message.get_all("From", []))
    date = message["Date"]
    return {
        "ID": mail_id,
        "MessageID": str(message["Message-ID"] or "").strip("<>"),
        "From": sender[0] if sender else {"Name": "", "Address": ""},
        "To": _addresses(message.get_all("To", [])),
        "Subject": str(message["Subject"] or ""),
        "Created": date.datetime.isoformat() if date is not None and date.datetime else "",
        "Snippet": " ".join(_body(message, "plain").split())[:SNIPPET_CHARS],
    }


def _is_to(mail: dict[str, Any], address: str) -> bool:
    return not address or any(to["Address"] == address for to in mail["To"])


def _addresses(headers: Iterable[object]) -> list[dict[str, str]]:
    pairs = getaddresses([str(header) for header in headers])
    return [{"Name": name, "Address": address} for name, address in pairs]


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part is not None else ""
