"""How a service reads for several calls at once; its wiring names one `Read` for an RPC."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from google.protobuf.message import Message

from mesh.context import Call, serving
from mesh.core.errors import DomainError


class Asked(NamedTuple):
    """One call's request, which the contract allows its caller.

    `owner` is the only owner whose rows the caller may see, None for any, as
    `mesh.context.visible_owner` returns it.
    """

    request: Any
    owner: str | None


# Returns the response to each, or the error that it ends with, in their order. It is part of
# no call, so that `mesh.context` has no caller for it: each `Asked` says what may be seen.
Read = Callable[[Sequence[Asked]], Sequence[Message | DomainError]]


def run(read: Read, calls: Sequence[Asked]) -> Sequence[Message | DomainError]:
    with serving(None):
        return read(calls)


def asked(request: Message, call: Call) -> Asked:
    return Asked(request, call.visible_owner())
