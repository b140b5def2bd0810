"""Turns telemetry on in a process, as the environment says."""

from importlib import import_module

from mesh.core import config
from mesh.telemetry import prometheus, sql, tracing

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")


def turn_on(service: str, role: str, *, processes: int = 1) -> None:
    """Turns on spans when OTEL_* ask for them, `/metrics` when METRICS_BIND is set.

    `processes` is how many of this role share that setting. Raises SettingError.
    """
    if traces_wanted():
        # Loaded only here, as the SDK costs each process memory.
        tracing.enable(import_module("mesh.telemetry.export").Exporter(service, role))
        sql.trace_queries()
    prometheus.serve(processes)


def traces_wanted() -> bool:
    """Returns whether an endpoint or the exporter is named, and nothing speaks against it.

    Raises SettingError for an exporter or a protocol that is not among ours.
    """
    if config.text("OTEL_SDK_DISABLED", "false", about="`true`: no spans.").lower() == "true":
        return False
    named = [
        config.text(name, "", about="Where spans go, by OTLP.", kind="URL") for name in ENDPOINTS
    ]
    exporter = config.choice(
        "OTEL_TRACES_EXPORTER",
        "otlp",
        "none",
        default="otlp" if any(named) else "none",
        about="By default `otlp` where an endpoint is named.",
    )
    if exporter == "none":
        return False
    for name in PROTOCOLS:
        config.choice(name, "http/protobuf", default="http/protobuf", about="The form of OTLP.")
    return True
