"""A mailbox for development: SMTP in, a page and Mailpit's JSON API out.

`python -m deploy.local.mailbox`, told by MAILBOX_DIR, SMTP_PORT and MAILBOX_PORT.
"""

import json
import os
import re
import signal
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.local.mailstore import MailStore
from deploy.local.ports import HOST

PAGE = Path(__file__).with_name("mailbox.html")
POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; frame-src 'self'"  # noqa: E501
DEFAULT_LIMIT = 50
IDLE_S = 60
_MESSAGE = re.compile(r"/api/v1/message/([0-9a-f]{32})")
_SEARCH = re.compile(r"to:\"?([^\"\s]+)\"?")


def main() -> None:
    """Serve until SIGTERM or Ctrl-C what the environment says."""
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
    """Both servers, each on a thread, while the context lasts."""
    smtp = Controller(_Receiver(store), hostname=HOST, port=smtp_port)
    with ThreadingHTTPServer((HOST, http_port), _handler(store)) as http:
        pages = threading.Thread(target=http.serve_forever, name="http")
        pages.start()
        try:
            smtp.start()
            yield
        finally:
            smtp.stop(no_assert=True)
            http.shutdown()
            pages.join()


class _Receiver:
    def __init__(self, store: MailStore) -> None:
        self._store = store

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.original_content or b""
        return f"250 kept as {self._store.add(content, envelope.rcpt_tos)}"


def _handler(store: MailStore) -> type[BaseHTTPRequestHandler]:  # noqa: C901  # one class
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = IDLE_S

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            query = {name: values[-1] for name, values in parse_qs(url.query).items()}
            if url.path == "/":
                return self._answer(PAGE.read_bytes(), "text/html; charset=utf-8")
            if url.path == "/livez":
                return self._json({"status": "ok"})
            if url.path in ("/api/v1/messages", "/api/v1/search"):
                return self._json(_page(store, query))
            found = _MESSAGE.fullmatch(url.path)
            message = store.message(found[1]) if found else None
            if message is None:
                return self._json({"Error": "not found"}, HTTPStatus.NOT_FOUND)
            self._json(message)

        def do_DELETE(self) -> None:
            if self.path != "/api/v1/messages":
                return self._json({"Error": "not found"}, HTTPStatus.NOT_FOUND)
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            store.clear()
            self._answer(b"ok", "text/plain")

        def _json(self, body: Any, status: HTTPStatus = HTTPStatus.OK) -> None:
            self._answer(json.dumps(body).encode(), "application/json", status)

        def _answer(self, body: bytes, kind: str, status: HTTPStatus = HTTPStatus.OK) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Security-Policy", POLICY)
            self.send_header("X-Content-Type-Options", "nosniff")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """The page asks every two seconds: not worth a line."""

    return Handler


def _page(store: MailStore, query: dict[str, str]) -> dict[str, Any]:
    wanted = _SEARCH.search(query.get("query", ""))
    return store.page(
        start=_number(query.get("start", ""), 0),
        limit=_number(query.get("limit", ""), DEFAULT_LIMIT),
        address=wanted[1] if wanted else "",
    )


def _number(text: str, default: int) -> int:
    return int(text) if text.isascii() and text.isdigit() else default


if __name__ == "__main__":
    main()
