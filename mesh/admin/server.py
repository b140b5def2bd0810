"""Serves the pages over HTTP with few threads, as staff are few."""

import logging
import sys
from typing import Any

import structlog
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import got_request_exception
from waitress.server import create_server

from mesh.admin import auth_client
from mesh.core import config
from mesh.core.errors import StartRefused, described

THREADS = 4
LIMITS = {
    "max_request_header_size": 32 * 1024,
    "max_request_body_size": 1024 * 1024,
    "channel_timeout": 30,  # seconds
    "connection_limit": 50,
}

log = structlog.get_logger("admin")


def start() -> Any:
    """Returns a server that listens on ADMIN_BIND and serves once `run()` is called.

    Raises SettingError, StartRefused.
    """
    address = settings.ADMIN_BIND
    if not address:
        raise config.SettingError("ADMIN_BIND is not set")
    # What they say of a request that failed may hold what was entered; `_failed` says it.
    logging.getLogger("django.request").setLevel(logging.CRITICAL)
    logging.getLogger("waitress").setLevel(logging.CRITICAL)
    got_request_exception.connect(_failed)
    try:
        server = create_server(WSGIHandler(), listen=address, threads=THREADS, ident=None, **LIMITS)
    except OSError as error:
        raise StartRefused(f"can't listen on {address}: is the port taken?") from error
    auth_client.keys().follow_revocations()
    return server


def _failed(**_: object) -> None:
    error = sys.exception()
    if isinstance(error, Exception):
        log.error("page_failed", error=described(error))
