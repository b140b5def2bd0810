"""The findings of a check: a line of text each, and its remedy."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """`remedy` is empty where nothing is to be done."""

    level: Level
    says: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.says}; {self.remedy}" if self.remedy else self.says


Check = Callable[[], Iterable[Finding]]


def ok(says: str) -> Finding:
    return Finding(Level.OK, says)


def warning(says: str, remedy: str) -> Finding:
    """Returns a finding on what works now, but may soon not."""
    return Finding(Level.WARNING, says, remedy)


def failed(says: str, remedy: str) -> Finding:
    """Returns a finding on what does not work."""
    return Finding(Level.FAILED, says, remedy)


def first_line(error: Exception) -> str:
    """Returns the first line of an error's text, or its class name without one."""
    text = (isinstance(error, OSError) and error.strerror) or str(error).strip()
    return (text or type(error).__name__).splitlines()[0].rstrip(".")
