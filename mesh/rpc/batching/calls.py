"""How a service serves several calls of one RPC at once; its wiring names the function for it."""

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any, NamedTuple, TypeVar

from google.protobuf.message import Message

from mesh.context import Call, serving
from mesh.core.errors import DomainError


class Asked(NamedTuple):
    """One call and its request, which the contract allows its caller.

    `owner` is the only owner whose rows the caller may see, None for any, as
    `mesh.context.visible_owner` returns it.
    """

    request: Any
    owner: str | None
    call: Call


class Instead(Enum):
    """What a call may come to in place of a response or an error."""

    ALONE = "it would hold up the others, so its sender is to make it alone"


# Returns the response to each, or the error that it ends with, in their order. It is part of
# no call, so that `mesh.context` has no caller for it: each `Asked` says what may be seen.
Read = Callable[[Sequence[Asked]], Sequence[Message | DomainError]]
# The same of an RPC that changes something, each call of it once; ALONE for one that it left.
Write = Callable[[Sequence[Asked]], Sequence[Message | DomainError | Instead]]

OutcomeT = TypeVar("OutcomeT")


def run(
    function: Callable[[Sequence[Asked]], Sequence[OutcomeT]], calls: Sequence[Asked]
) -> Sequence[OutcomeT]:
    with serving(None):
        return function(calls)


def asked(request: Message, call: Call) -> Asked:
    return Asked(request, call.visible_owner(), call)
