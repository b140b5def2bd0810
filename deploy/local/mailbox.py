"""A mailbox for development: SMTP in, a page and Mailpit's JSON API out."""

import json
import re
import signal
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.local.mailstore import MailStore
from deploy.local.ports import HOST

PAGE = Path(__file__).with_name("mailbox.html")
POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; frame-src 'self'"  # noqa: E501
DEFAULT_LIMIT = 50
_MESSAGE = re.compile(r"/api/v1/message/([0-9a-f]{32})")
_SEARCH = re.compile(r"to:\"?([^\"\s]+)\"?")


def run(store: MailStore, *, smtp_port: int, http_port: int) -> None:
    """Serve until SIGTERM or Ctrl-C."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with serving(store, smtp_port=smtp_port, http_port=http_port):
        stop.wait()


class serving:  # noqa: N801  # used as a context manager
    """Both servers, each on a thread, while the context lasts."""

    def __init__(self, store: MailStore, *, smtp_port: int, http_port: int) -> None:
        self._smtp = Controller(_Receiver(store), hostname=HOST, port=smtp_port)
        self._http = ThreadingHTTPServer((HOST, http_port), _handler(store))
        self._thread = threading.Thread(target=self._http.serve_forever, name="http")

    def __enter__(self) -> Self:
        self._smtp.start()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._smtp.stop()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


class _Receiver:
    def __init__(self, store: MailStore) -> None:
        self._store = store

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.original_content or b""
        return f"250 kept as {self._store.add(content, envelope.rcpt_tos)}"


def _handler(store: MailStore) -> type[BaseHTTPRequestHandler]:  # noqa: C901  # one class
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

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
