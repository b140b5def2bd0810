"""What the local run's own HTTP servers have in common."""

import json
import sys
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

IDLE_S = 60


class Server(ThreadingHTTPServer):
    """A server that outlives what breaks in a request."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Prints what broke, unless it is that the client has gone.

        When printing fails too, only this request is lost.
        """
        if isinstance(sys.exception(), ConnectionError):
            return
        with suppress(OSError, ValueError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """Responds with whole bodies, and logs nothing, as pages ask every two seconds."""

    timeout = IDLE_S

    def _json(self, body: Any, status: HTTPStatus = HTTPStatus.OK) -> None:
        self._answer(json.dumps(body).encode(), "application/json", status)

    def _answer(self, body: bytes, kind: str, status: HTTPStatus = HTTPStatus.OK) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...
