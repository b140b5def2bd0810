"""The problems that an operation may answer, from its access rule and its comment.

Comments list errors as the house style has them: `Errors: NOT_FOUND/ORDER_NOT_FOUND, …`.
"""

import re
from collections import defaultdict

from google.rpc import code_pb2

from edge_api.binding import Binding
from edge_api.statuses import STATUS
from mesh.contract import HttpBinding, Method

_ERROR = re.compile(r"\b([A-Z][A-Z_]+)/([A-Z][A-Z_]+)\b")


def problems(method: Method, http: HttpBinding, binding: Binding, comment: str) -> dict[int, str]:
    """A description for each status of a problem, in order of status."""
    codes: dict[int, list[str]] = defaultdict(list)
    codes[400] += ["REQUEST_INVALID", "PARAMETER_INVALID"]
    if http.body:
        codes[400].append("BODY_MALFORMED")
        codes[413].append("BODY_TOO_LARGE")
        codes[415].append("UNSUPPORTED_MEDIA_TYPE")
    if not method.access.anyone:
        codes[401] += ["TOKEN_MISSING"]
    codes[401].append("TOKEN_INVALID")
    if method.access.staff_scope and not (method.access.owner_field or method.access.signed_in):
        codes[403].append("NOT_ADMITTED")
    if method.access.owner_field or "{" in http.template:
        codes[404].append("NOT_FOUND")
    codes[406].append("NOT_ACCEPTABLE")
    if method.generates_request_id:
        codes[409].append("REQUEST_IN_PROGRESS")
        codes[422].append("REQUEST_ID_REUSED")
    if binding.preconditions.takes_if_match:
        codes[412].append("PRECONDITION_FAILED")
    codes[503].append("SERVICE_UNAVAILABLE")
    codes[504].append("DEADLINE_EXCEEDED")
    for name, reason in _ERROR.findall(comment):
        if name in code_pb2.Code.keys():  # noqa: SIM118  # an enum wrapper is no dict
            code = code_pb2.Code.Value(name)
            codes[STATUS[code]].append(reason)
            if code == code_pb2.ABORTED and binding.preconditions.takes_if_match:
                codes[412].append(reason)
    return {status: ", ".join(f"`{code}`" for code in codes[status]) for status in sorted(codes)}
