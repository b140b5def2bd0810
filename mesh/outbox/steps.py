"""A claimed step as its handler sees it, and which handler runs which kind."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.db import transaction

from mesh.core.wiring import wired_service
from mesh.outbox import leases
from mesh.outbox.errors import Park

T = TypeVar("T")


class Batch(ExitStack):
    """The steps that a worker runs one after another for one message."""

    def __init__(self) -> None:
        super().__init__()
        self._shared: dict[object, Any] = {}

    def shared(self, make: Callable[[], AbstractContextManager[T]]) -> T:
        """Returns what `make` makes for the first step that asks, closed after the last step."""
        if make not in self._shared:
            self._shared[make] = self.enter_context(make())
        made: T = self._shared[make]
        return made


@dataclass(slots=True)
class StepContext:
    """One run of a step. `attempts` counts this one; `deadline` is in `time.monotonic()`."""

    id: UUID
    kind: str
    key: str
    payload: Any
    attempts: int
    token: UUID
    deadline: float
    request_id: str
    traceparent: str
    batch: Batch
    finished: bool = False

    def remaining_s(self) -> float:
        """Returns the time left for the handler, in seconds; the lease itself lasts longer."""
        return self.deadline - time.monotonic()

    @contextmanager
    def finishing(self) -> Iterator[None]:
        """Joins the step's effect and its end in one transaction: both happen, or neither.

        The step's row is locked first, so raises LeaseLost, before any effect, when
        another worker has taken the step over. No network call belongs inside. A handler
        that needs no transaction of its own leaves it out: returning ends the step.
        """
        with transaction.atomic(durable=True):
            leases.finish(self.id, self.token)
            yield
        self.finished = True

    def finish_with(self, effect: str, *values: Any) -> None:
        """Does as `finishing` for an effect that is one statement: in one round trip, not four.

        `effect` is SQL that changes one row, from a table `finished` that is empty for who
        lost the lease: `UPDATE thing SET … FROM finished WHERE thing.id = %s`.
        """
        leases.finish_with(self.id, self.token, effect, values)
        self.finished = True


Handler = Callable[[StepContext], None]


def handlers() -> Mapping[str, Handler]:
    """Returns the service's handlers by kind, as its `wiring.py` lists them."""
    found: Mapping[str, Handler] = wired_service().steps
    return found


def handler_of(kind: str) -> Handler:
    """Raises Park for a kind that this service does not know."""
    try:
        return handlers()[kind]
    except KeyError:
        raise Park(f"no handler for kind {kind!r} in {settings.WIRING}") from None
