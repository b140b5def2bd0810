"""The mailbox over HTTP: a page, and Mailpit's JSON API by the same paths.

Mails hold what lets their reader in, such as links to reset a password, and any page in the
same browser can reach 127.0.0.1. So only its own page may ask: a host name that other DNS
points here is refused, as is a change that another site asks for, and no site may frame it.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from dev.http_server import Handler, Server
from dev.mailbox.store import MailStore
from dev.ports import HOST

PAGE = Path(__file__).with_name("mailbox.html").read_bytes()
DEFAULT_LIMIT = 50
MOST_DIGITS = 9
_SCRIPT = re.compile(rb"<script>(.*)</script>", re.DOTALL)
MOST_BODY_BYTES = 1024 * 1024
_MESSAGE = re.compile(r"/api/v1/message/([0-9a-f]{32})(/raw|/headers)?")
_SEARCH = re.compile(r"to:\"?([^\"\s]+)\"?")


def _policy(page: bytes) -> str:
    """Returns a policy that runs the page's own script only; the frame of a mail inherits it."""
    (script,) = _SCRIPT.findall(page)
    digest = base64.b64encode(hashlib.sha256(script).digest()).decode()
    return (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; "
        "connect-src 'self'; frame-src 'self'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


HEADERS = {
    "Content-Security-Policy": _policy(PAGE),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Pages(Server):
    """An HTTP server that listens on `port`, and responds once `serve_forever()` runs."""

    def __init__(self, store: MailStore, port: int) -> None:
        super().__init__((HOST, port), _Handler)
        self.store = store
        self.names = {f"{name}:{port}" for name in (HOST, "localhost")}


class _Handler(Handler):
    server: Pages

    def do_GET(self) -> None:
        if not self._is_asked_by_name():
            return
        url = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(url.query).items()}
        if url.path == "/":
            return self._answer(PAGE, "text/html; charset=utf-8")
        if url.path == "/livez":
            return self._json({"status": "ok"})
        if url.path in ("/api/v1/messages", "/api/v1/search"):
            return self._json(_page(self.server.store, query))
        self._answer_part(_MESSAGE.fullmatch(url.path))

    def _answer_part(self, asked: "re.Match[str] | None") -> None:
        """Answers with a mail: as the page shows it, as it came, or its headers."""
        store = self.server.store
        read = {None: store.message, "/raw": store.source, "/headers": store.headers}
        shown = read[asked[2]](asked[1]) if asked else None
        if shown is None:
            self._not_found()
        elif isinstance(shown, bytes):
            self._answer(shown, "text/plain")
        else:
            self._json(shown)

    def do_PUT(self) -> None:
        """Marks mails as read or unread."""
        asked = self._asked_of_messages()
        if asked is None:
            return
        self.server.store.mark(asked.get("IDs", []), read=bool(asked.get("Read")))
        self._answer(b"ok", "text/plain")

    def do_DELETE(self) -> None:
        """Deletes the mails with these ids; all of them, where none are named."""
        asked = self._asked_of_messages()
        if asked is None:
            return
        if ids := asked.get("IDs", []):
            self.server.store.delete(ids)
        else:
            self.server.store.clear()
        self._answer(b"ok", "text/plain")

    def _asked_of_messages(self) -> dict[str, Any] | None:
        """Returns the body of a change that may be made; if it may not, it responds."""
        if not self._is_asked_by_name() or not self._is_asked_by_own_page():
            return None
        if self.path != "/api/v1/messages":
            self._not_found()
            return None
        length = _number(self.headers.get("Content-Length", ""), 0)
        asked = _change(self.rfile.read(min(length, MOST_BODY_BYTES)))
        if asked is None:
            self._json({"Error": "no object with a list of IDs"}, HTTPStatus.BAD_REQUEST)
        return asked

    def _not_found(self) -> None:
        self._json({"Error": "not found"}, HTTPStatus.NOT_FOUND)

    def _is_asked_by_name(self) -> bool:
        """Returns whether the Host is this server; if not, it responds 421 (RFC 9110, 15.5.20)."""
        hosts = self.headers.get_all("Host", [])
        if len(hosts) == 1 and hosts[0].lower() in self.server.names:
            return True
        self._json({"Error": "no such host"}, HTTPStatus.MISDIRECTED_REQUEST)
        return False

    def _is_asked_by_own_page(self) -> bool:
        """Returns whether no other site made the browser ask; if one did, it responds 403.

        Programs send neither header. Source: OWASP, Cross-Site Request Forgery Prevention.
        """
        origins = {f"http://{name}" for name in self.server.names}
        if (
            self.headers.get("Sec-Fetch-Site", "none") in ("none", "same-origin")
            and self.headers.get("Origin", min(origins)) in origins
        ):
            return True
        self._json({"Error": "asked by another site"}, HTTPStatus.FORBIDDEN)
        return False

    def end_headers(self) -> None:
        """Adds HEADERS to every response, the base class' own refusals included."""
        for name, value in HEADERS.items():
            self.send_header(name, value)
        super().end_headers()


def _page(store: MailStore, query: Mapping[str, str]) -> dict[str, Any]:
    text = query.get("query", "")
    wanted = _SEARCH.search(text)
    return store.page(
        start=_number(query.get("start", ""), 0),
        limit=_number(query.get("limit", ""), DEFAULT_LIMIT),
        address=wanted[1] if wanted else "",
        words=_SEARCH.sub(" ", text).split(),
    )


def _change(content: bytes) -> dict[str, Any] | None:
    """Returns what a change asks for: nothing in particular without a body, None if malformed."""
    try:
        asked = json.loads(content or b"{}")
    except ValueError:
        return None
    well_formed = isinstance(asked, dict) and isinstance(asked.get("IDs", []), list)
    return asked if well_formed else None


def _number(text: str, default: int) -> int:
    plain = text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS
    return int(text) if plain else default
