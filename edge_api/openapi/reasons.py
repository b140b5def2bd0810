"""The reasons that a problem's `code` may hold, with their meanings.

Those of services come from the `ErrorReason` enums of the contract (AIP-193), the edge's own
from its errors.
"""

from collections import defaultdict

from google.protobuf import descriptor_pb2

from edge_api.openapi.comments import comments_of
from edge_api.problems.errors import reasons as own_reasons

ENUM = "ErrorReason"
PREFIX = "ERROR_REASON_"
UNSPECIFIED = f"{PREFIX}UNSPECIFIED"
OTHERS = {
    "NOT_ACCEPTABLE": "`Accept` names no media type or version that the API answers in.",
    "UNSUPPORTED_MEDIA_TYPE": "The body must be `application/json` in UTF-8.",
    "UNIMPLEMENTED": "The service does not know this operation yet.",
    "RESOURCE_EXHAUSTED": "The service is busy; ask again later.",
    "NOT_READY": "The edge can serve nothing yet, or is about to end; `/readyz` says which.",
}


def reasons_of(descriptor_set: bytes) -> dict[str, list[str]]:
    """Returns each reason's meanings, in alphabetical order; packages may share a reason."""
    files = descriptor_pb2.FileDescriptorSet.FromString(descriptor_set).file
    comments = comments_of(files)
    found: dict[str, list[str]] = defaultdict(list)
    for reason, meaning in (own_reasons() | OTHERS).items():
        found[reason].append(meaning)
    for file in files:
        for name in (value.name for enum in file.enum_type for value in enum.value):
            meaning = comments.get(f"{file.package}.{ENUM}.{name}", "")
            if name.startswith(PREFIX) and name != UNSPECIFIED:
                found[name.removeprefix(PREFIX)].append(meaning)
    return {reason: list(dict.fromkeys(found[reason])) for reason in sorted(found)}
