"""A front before localstripe, for what Stripe does and localstripe does not.

It keeps the answer of each idempotency key, knows `allowed_payment_method_types`, says
how much of an intent was received; and it fails as a network does when a test says so.
"""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

import requests

Answer = tuple[int, bytes]


class Front(ThreadingHTTPServer):
    """`lost` answers are sent to nobody; each takes `delay_s`; with a `status`, all fail."""

    daemon_threads = True

    def __init__(self, behind: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.behind = behind
        self.lost = 0
        self.delay_s = 0.0
        self.status = 0
        self.answers: dict[str, tuple[str, Answer]] = {}
        self.received: dict[str, int] = {}
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def answer(self, verb: str, path: str, headers: dict[str, str], body: str) -> Answer:
        if self.status:
            return self.status, b'{"error": {"type": "api_error", "message": "it fails"}}'
        key = headers.get("Idempotency-Key", "")
        with self.lock:
            if key not in self.answers:
                self.answers[key] = body, self._ask(verb, path, headers, body)
            first_body, answer = self.answers[key] if key else self.answers.pop(key)
        if body != first_body:
            return 400, b'{"error": {"type": "idempotency_error", "message": "other body"}}'
        return answer

    def _ask(self, verb: str, path: str, headers: dict[str, str], body: str) -> Answer:
        fields = dict(parse_qsl(body))
        fields.pop("allowed_payment_method_types[0]", None)
        answer = requests.request(
            verb,
            self.behind + path,
            headers={"Authorization": headers["Authorization"]},
            data=fields,
            timeout=10,
        )
        return answer.status_code, self._completed(answer.content, fields)

    def _completed(self, content: bytes, fields: dict[str, str]) -> bytes:
        posted = json.loads(content)
        if posted.get("object") == "payment_intent":
            captured = int(fields.get("amount_to_capture", posted["amount"]))
            succeeded = posted["status"] == "succeeded"
            received = self.received.setdefault(posted["id"], captured) if succeeded else 0
            posted["amount_received"] = received
        return json.dumps(posted).encode()


class Handler(BaseHTTPRequestHandler):
    server: Front
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer("")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())

    def _answer(self, body: str) -> None:
        status, content = self.server.answer(self.command, self.path, dict(self.headers), body)
        time.sleep(self.server.delay_s)
        if self.command == "POST" and self.server.lost:
            self.server.lost -= 1
            self.close_connection = True
            return
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def front(behind: str) -> Iterator[Front]:
    with Front(behind) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
