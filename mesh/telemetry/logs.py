"""Logs as JSON lines on standard output: events with ids, never payloads.

Every line carries what is being served (request id, trace, caller), ours and libraries'
alike. Names follow OpenTelemetry where it has one.
"""

import json
import logging
import os
import sys
import time
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from threading import RLock

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from mesh import context
from mesh.telemetry import tracing

# Python has none of these streams where a process is started with them closed.
_NOWHERE = Path(os.devnull)
_LEVELS = {"exception": "error", "warn": "warning"}
# All lines of the process go through it, whoever they come from, one at a time.
HANDLER = logging.StreamHandler(sys.stdout or sys.stderr or _NOWHERE.open("w"))
_LOCK = HANDLER.lock or RLock()  # a handler of the standard library has one


class _Logger:
    """Writes finished lines. Through the standard library each would take twice as long."""

    def __init__(self, name: str = "root") -> None:
        self.name = name

    def msg(self, line: str) -> None:
        """Writes a line; what is logged goes on though the disk is full or the reader is gone."""
        with _LOCK:
            try:
                stream = HANDLER.stream
                stream.write(line + "\n")
                stream.flush()
            except (OSError, ValueError):
                return

    debug = info = warning = error = critical = msg


def configure(service: str, level: str = "INFO", *, role: str = "serve") -> None:
    """Sends structlog's and the standard library's records out as JSON, one a line.

    `role` is what the process does for its service, as the command line says it.
    """
    add = _adder(service, role)
    structlog.configure(
        processors=[add, _rendered],
        logger_factory=_Logger,
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        cache_logger_on_first_use=True,
    )
    HANDLER.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[add],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _rendered],
        )
    )
    root = logging.getLogger()
    root.handlers = [HANDLER]
    root.setLevel(level)


def _adder(service: str, role: str) -> Processor:
    """Returns the one processor that adds all that a line has beside its event.

    A processor for each, as structlog has them, takes four times as long.
    """

    def add(logger: WrappedLogger, method_name: str, event: EventDict) -> EventDict:
        record = event.get("_record")  # of the standard library
        event["level"] = _LEVELS.get(method_name, method_name)
        event["logger"] = record.name if record is not None else logger.name
        event["time"] = _now()
        event["service.name"] = service
        event["mesh.role"] = role
        event.update(tracing.ids())
        call = context.current()
        if call is not None:
            event["request_id"] = call.request_id
            if call.caller.user_id:
                event["enduser.id"] = call.caller.user_id
            if call.caller.service:
                event["caller"] = call.caller.service
        return event

    return add


def _now() -> str:
    second, microseconds = divmod(time.time_ns() // 1000, 1_000_000)
    return f"{_second(second)}.{microseconds:06d}Z"


@lru_cache(maxsize=2)
def _second(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).replace(tzinfo=None).isoformat()


def _rendered(logger: WrappedLogger, method_name: str, event: EventDict) -> str:
    if "exc_info" in event:
        event = structlog.processors.format_exc_info(logger, method_name, event)
    try:
        return orjson.dumps(event, default=repr, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:  # such as a whole number of more than 64 bits
        return json.dumps(event, default=repr)
