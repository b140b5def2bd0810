"""Logs as JSON lines on standard output: events with ids, never payloads.

Every line carries what is being served (request id, trace, caller), ours and libraries'
alike. Names follow OpenTelemetry where it has one.
"""

import logging
import sys

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from mesh import context
from mesh.telemetry import tracing


def configure(service: str, level: str = "INFO", *, role: str = "serve") -> None:
    """Send structlog's and the standard library's records out as JSON, one a line.

    `role` is what the process does for its service, as the command line says it.
    """
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        _adder(service, role),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)


def _adder(service: str, role: str) -> Processor:
    def add_call(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
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

    return add_call
