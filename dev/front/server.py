"""Serves the local run's page to the edge, which relays it: `edge_api/pages/front.py`.

A part of the run itself, so that it shows also what of the mesh does not run. All that it
shows is what `make status` and `make logs` print, and accounts that everybody knows.
"""

import mimetypes
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from dev.config import Config
from dev.errors import CannotRun
from dev.front.hops import hops
from dev.front.mails import index, preview
from dev.front.status import status
from dev.http_server import Handler, Server
from dev.ports import HOST

STATIC = Path(__file__).with_name("static")
BELOW = "/development/"


@contextmanager
def front(config: Config) -> Iterator[str]:
    """Serves the page at a port that is free while the context lasts; yields its URL."""
    with Server((HOST, 0), partial(_Handler, config)) as server:
        thread = Thread(target=server.serve_forever, name="front")
        thread.start()
        try:
            yield f"http://{HOST}:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class _Handler(Handler):
    def __init__(self, config: Config, *arguments: Any) -> None:
        self._config = config
        super().__init__(*arguments)

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        try:
            match url.path.removeprefix(BELOW):
                case "/":
                    self._file("front.html")
                case "status":
                    self._json(status(self._config))
                case "hops":
                    asked = parse_qs(url.query).get("request_id", [""])
                    self._json(hops(self._config.var, asked[0]))
                case "mails":
                    self._answer(index().encode(), "text/html; charset=utf-8")
                case name if name.startswith("mails/"):
                    self._mail(name.removeprefix("mails/"))
                case name:
                    self._file(name)
        except CannotRun as error:
            self._json({"detail": str(error)}, HTTPStatus.SERVICE_UNAVAILABLE)

    def _file(self, name: str) -> None:
        file = STATIC / name
        if file not in STATIC.iterdir():
            return self._json({"detail": "not found"}, HTTPStatus.NOT_FOUND)
        self._answer(file.read_bytes(), mimetypes.guess_type(name)[0] or "text/plain")

    def _mail(self, name: str) -> None:
        locale, _, which = name.removesuffix(".txt").partition("/")
        found = preview(which, locale)
        if found is None:
            return self._json({"detail": "not found"}, HTTPStatus.NOT_FOUND)
        _, text, html = found
        if name.endswith(".txt"):
            return self._answer(text.encode(), "text/plain; charset=utf-8")
        self._answer(html.encode(), "text/html; charset=utf-8")
