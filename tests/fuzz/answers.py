"""Judges a servicer's answers: which are right, whatever was sent."""

import re
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import DecodeError
from grpc_status import rpc_status

from mesh.contract.model import Method
from mesh.core.errors import RemoteError
from tests.fuzz.contract import errors_of

# Once a call's time is over, its answer is on the way; the rest is for a slow machine.
LATE_AFTER_S = 10.0
# These depend on more than the request, so they are counted apart.
APART = {"RESOURCE_EXHAUSTED", "UNAVAILABLE", "DEADLINE_EXCEEDED"}
EXCEPTION_TEXT = re.compile(
    r"Traceback|\b\w+(Error|Exception)\b|<class |\bpsycopg|\bdjango\b|\.py\b|\bline \d+"
    r"|\bSELECT\b|\bNone\b|object at 0x"
)


@dataclass(frozen=True)
class Answer:
    """An answer. `outcome`: OK, or `CODE/REASON`. `wrong`: what is wrong with it, or empty."""

    outcome: str
    wrong: str = ""


def answer_of(method: Method, messages: list[bytes], took_s: float) -> Answer:
    """Judges a call that succeeded, or a stream that was read from."""
    try:
        for message in messages:
            method.response_class.FromString(message)
    except DecodeError:
        return Answer("OK", f"the answer is no {method.response_class.DESCRIPTOR.full_name}")
    return Answer("OK", _late(method, took_s))


def error_of(method: Method, request: bytes, error: Any, took_s: float) -> Answer:
    """Judges a failed call, grpc's RpcError: it must say why, in the contract's words.

    What it says back of the request may look like anything.
    """
    code, status = error.code().name, rpc_status.from_call(error)
    if status is None or not status.details:
        return Answer(code, f"{code} without a reason: {error.details()}")
    remote = RemoteError(status)
    outcome = f"{code}/{remote.reason}"
    if outcome not in errors_of(method):
        return Answer(outcome, f"{outcome} is not in the contract: {remote.detail}")
    told = [text for text in remote.metadata.values() if text.encode() not in request]
    said = " ".join([remote.detail, *told])
    if EXCEPTION_TEXT.search(said):
        return Answer(outcome, f"{outcome} tells of an exception: {said}")
    return Answer(outcome, _late(method, took_s))


def _late(method: Method, took_s: float) -> str:
    late = took_s > method.deadline_s + LATE_AFTER_S
    return f"answered after {took_s:.1f} s instead of {method.deadline_s:.1f}" if late else ""
