"""The one error of reading JSON: what is wrong, and where."""

from typing import Self

SHOWN_CHARS = 64


class DecodeError(ValueError):
    """A value that its place does not take. `path` leads to it: `items[0].quantity`.

    `rule` names the constraint of the contract that it breaks; empty where it is no value
    of its type.
    """

    def __init__(self, detail: str, path: str = "", rule: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        self.path = path
        self.rule = rule

    def inside(self, step: str) -> Self:
        """The same error as seen from one level further out."""
        joint = "." if self.path and not self.path.startswith("[") else ""
        self.path = f"{step}{joint}{self.path}"
        return self


def shown(name: str) -> str:
    """A client's own word, cut to a length that an error may repeat."""
    return name if len(name) <= SHOWN_CHARS else f"{name[:SHOWN_CHARS]}…"
