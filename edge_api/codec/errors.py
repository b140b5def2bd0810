"""The error of decoding JSON, with the path of the value that is wrong."""

from typing import Self

SHOWN_CHARS = 64


class DecodeError(ValueError):
    """A value that does not fit its field. `path` leads to the value: `items[0].quantity`.

    `rule` names the constraint of the contract that the value breaks; it is empty where the
    value is none of the field's type.
    """

    def __init__(self, detail: str, path: str = "", rule: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        self.path = path
        self.rule = rule

    def inside(self, step: str) -> Self:
        """Prefixes the path by one step."""
        joint = "." if self.path and not self.path.startswith("[") else ""
        self.path = f"{step}{joint}{self.path}"
        return self


def shown(name: str) -> str:
    """Cuts a client's own word to the length that an error may repeat."""
    return name if len(name) <= SHOWN_CHARS else f"{name[:SHOWN_CHARS]}…"
