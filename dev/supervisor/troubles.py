"""Errors of files that a run goes on without: a full disk must not end the supervisor."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Troubles:
    """Reports each error once, not once a line, and once when it is over."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._standing: set[str] = set()

    @contextmanager
    def survived(self, what: str) -> Iterator[None]:
        """Swallows an OSError, or a ValueError of a closed file, of doing `what`."""
        try:
            yield
        except (OSError, ValueError) as error:
            if what not in self._standing:
                self._standing.add(what)
                self._say(f"marketmesh: can't {what}: {reason(error)}; going on without")
        else:
            if what in self._standing:
                self._standing.remove(what)
                self._say(f"marketmesh: can {what} again")


def reason(error: Exception) -> str:
    """Returns the system's text for an error, without number and file."""
    return (isinstance(error, OSError) and error.strerror) or str(error)
