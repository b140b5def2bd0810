"""The reasons that a problem's `code` may hold, for the page that explains them.

Those of services come from the `ErrorReason` enums of the contract (AIP-193), the edge's own
from its errors.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from google.protobuf import descriptor_pb2
from google.rpc import code_pb2

from edge_api.openapi.comments import comments_of
from edge_api.problems.errors import EdgeError
from edge_api.problems.problem import ERRORS_PAGE, INTERNAL, INTERNAL_DETAIL
from edge_api.problems.status import STATUS, STATUS_BY_REASON
from market.options.v1 import options_pb2
from mesh.contract.errors import ENUM, KIT, PREFIX

ANY, EDGE = "Any operation", "The edge itself"
OTHERS = (
    (
        *("NOT_ACCEPTABLE", "INVALID_ARGUMENT", 406),
        "`Accept` names no media type or version that the API answers in.",
    ),
    (
        *("UNSUPPORTED_MEDIA_TYPE", "INVALID_ARGUMENT", 415),
        "The body must be `application/json` in UTF-8.",
    ),
    (
        *("NOT_READY", "UNAVAILABLE", 503),
        "The edge can serve nothing yet, or is about to end; `/readyz` says which.",
    ),
    ("UNIMPLEMENTED", "UNIMPLEMENTED", 501, "The service does not know this operation yet."),
    ("RESOURCE_EXHAUSTED", "RESOURCE_EXHAUSTED", 429, "The service is busy; ask again later."),
    (INTERNAL, "INTERNAL", 500, f"{INTERNAL_DETAIL.capitalize()}."),
)
AGAIN = "Send the same again once `Retry-After` is over, with the same `Idempotency-Key`."
REPORT = "Report it, with its `request_id`."
# Whether to send the same again, and what to do, by code. Source: AIP-194, google/rpc/code.proto.
CURES = {
    "INVALID_ARGUMENT": ("no", "Change the request; `errors` names the fields that are to blame."),
    "UNAUTHENTICATED": ("no", "Sign in, or renew the access token, and send it along."),
    "PERMISSION_DENIED": ("no", "Ask as somebody who may."),
    "NOT_FOUND": ("no", "Check the id: there is none, or it is not for this caller to see."),
    "ALREADY_EXISTS": ("no", "Choose another, or use the one that there is."),
    "FAILED_PRECONDITION": ("no", "Bring about first what is missing."),
    "ABORTED": ("no", "Read what there is now, and send the change anew."),
    "RESOURCE_EXHAUSTED": ("yes", AGAIN),
    "UNAVAILABLE": ("yes", AGAIN),
    "DEADLINE_EXCEEDED": ("yes", AGAIN),
    "UNIMPLEMENTED": ("no", REPORT),
    "INTERNAL": ("no", REPORT),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason as one package gives it: `code` is that of gRPC, `anchor` its id on the page.

    The anchor is empty for all but the first of packages that share a reason.
    """

    name: str
    meaning: str
    code: str
    status: int
    anchor: str

    @property
    def retry(self) -> str:
        return CURES[self.code][0]

    @property
    def meaning_parts(self) -> list[str]:
        """Returns the meaning in parts, every other of which is code."""
        return self.meaning.split("`")

    @property
    def cure_parts(self) -> list[str]:
        return CURES[self.code][1].split("`")

    @property
    def example(self) -> str:
        problem = {
            "type": f"{ERRORS_PAGE}#{self.name}",
            "title": self.name.replace("_", " ").capitalize(),
            "status": self.status,
            "detail": self.meaning.partition(".")[0].replace("`", ""),
            "instance": "/api/…",
            "code": self.name,
            "request_id": "0d0ff8d6-6b2c-4f1e-9a0b-0c1d2e3f4a5b",
            "errors": [],
        }
        return json.dumps(problem, indent=2, ensure_ascii=False)


def reasons_of(descriptor_set: bytes) -> dict[str, list[Reason]]:
    """Returns all reasons in groups: of any operation, of the edge, and of each package."""
    files = descriptor_pb2.FileDescriptorSet.FromString(descriptor_set).file
    comments = comments_of(files)
    groups: dict[str, list[Reason]] = {ANY: [], EDGE: []}
    seen: set[str] = set()
    for group, name, meaning, code, status in [*_own(), *_contracts(files, comments)]:
        anchor = "" if name in seen else name
        seen.add(name)
        groups.setdefault(group, []).append(Reason(name, meaning, code, status, anchor))
    return {group: sorted(groups[group], key=lambda reason: reason.name) for group in groups}


def _own() -> Iterator[tuple[str, str, str, str, int]]:
    for kind in EdgeError.__subclasses__():
        meaning = (kind.__doc__ or "").strip()
        yield EDGE, kind.reason, meaning, code_pb2.Code.Name(kind.code), kind.status
    for name, code, status, meaning in OTHERS:
        yield EDGE, name, meaning, code, status


def _contracts(files: Any, comments: dict[str, str]) -> Iterator[tuple[str, str, str, str, int]]:
    for file in files:
        group = ANY if file.package == KIT else file.package.split(".")[-2].capitalize()
        values = [value for enum in file.enum_type if enum.name == ENUM for value in enum.value]
        for value in (one for one in values if one.number):
            name, code = value.name.removeprefix(PREFIX), value.options.Extensions[options_pb2.code]
            status = STATUS_BY_REASON.get(name, STATUS[code])
            meaning = comments.get(f"{file.package}.{ENUM}.{value.name}", "")
            yield group, name, meaning, code_pb2.Code.Name(code), status
