"""Compares two descriptor sets."""

from datetime import date
from typing import Any

from google.protobuf import descriptor_pb2

from market.options.v1 import options_pb2
from tools.breaking.buf import buf_findings
from tools.breaking.fields import field_findings
from tools.breaking.files import Parts, parts
from tools.breaking.finding import Finding
from tools.breaking.methods import method_findings
from tools.breaking.routes import route_findings
from tools.breaking.values import resource_findings, value_findings


def breaking(old: bytes, new: bytes, *, today: date) -> list[Finding]:
    """Returns each change of the market's own contract that breaks somebody.

    An RPC whose sunset has passed may be deleted. Raises buf.BufFailed.
    """
    after = parts(new)
    old = without_deleted_after_sunset(old, after, today)
    before = parts(old)
    return sorted(
        {
            *buf_findings(old, new),
            *method_findings(before, after, today),
            *field_findings(before, after),
            *route_findings(before, after),
            *value_findings(before, after),
            *resource_findings(before, after),
        }
    )


def without_deleted_after_sunset(old: bytes, new: Parts, today: date) -> bytes:
    """Returns the older contract without what the newer one deleted and was allowed to."""
    files = descriptor_pb2.FileDescriptorSet.FromString(old)
    for file in files.file:
        for service in file.service:
            for method in list(service.method):
                name = f"{file.package}.{service.name}.{method.name}"
                options: Any = method.options
                sunset = options.Extensions[options_pb2.life_cycle].sunset
                if sunset and date.fromisoformat(sunset) <= today and name not in new.methods:
                    service.method.remove(method)
                    file.ClearField("source_code_info")  # its paths count methods
    return files.SerializeToString(deterministic=True)
