"""Path templates of `google.api.http`: `/api/users/{user.id}/orders:batchGet`.

Source of the grammar: google/api/http.proto, "Path template syntax".
"""

import re
from dataclasses import dataclass

from mesh.contract.model import ContractError

ONE, REST = "*", "**"
_VARIABLE = re.compile(r"\{([a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*)(?:=([^{}]+))?\}")
_TOKEN = re.compile(r"\{[^{}]*\}|[^/{}]+")
_LITERAL = re.compile(r"[A-Za-z0-9._~$-]+")


@dataclass(frozen=True, slots=True)
class Variable:
    """Binds the segments from `start` to `end` to a field of the request.

    `end` is None where `**` binds all segments that are left.
    """

    field_path: tuple[str, ...]
    start: int
    end: int | None

    @property
    def spans(self) -> bool:
        """Whether the variable may hold several segments, in which `%2F` stays as it is."""
        return self.end is None or self.end - self.start > 1


@dataclass(frozen=True, slots=True)
class Template:
    """`segments` are literals, `*` (any one) and, last if at all, `**` (any number)."""

    segments: tuple[str, ...]
    verb: str
    variables: tuple[Variable, ...]


def parse_template(text: str) -> Template:
    """Parses a template. Raises ContractError, which names the template."""
    path, verb = _split_verb(text)
    if not path.startswith("/"):
        raise ContractError(f"{text}: a path template starts with /")
    segments: list[str] = []
    variables: list[Variable] = []
    for token in _tokens(path[1:], text):
        start = len(segments)
        variable = _VARIABLE.fullmatch(token)
        segments += (variable[2] or ONE).split("/") if variable else [token]
        if variable:
            end = None if segments[-1] == REST else len(segments)
            variables.append(Variable(tuple(variable[1].split(".")), start, end))
    for position, segment in enumerate(segments, start=1):
        allowed = (ONE, REST) if position == len(segments) else (ONE,)
        if segment not in allowed and not _LITERAL.fullmatch(segment):
            raise ContractError(f"{text}: {segment!r} is not allowed there")
    return Template(tuple(segments), verb, tuple(variables))


def _split_verb(text: str) -> tuple[str, str]:
    """Splits off the `:verb` after the last segment; a colon inside braces starts none."""
    head, colon, verb = text.rpartition(":")
    if not colon or "}" in verb or "/" in verb:
        return text, ""
    return head, verb


def _tokens(path: str, text: str) -> list[str]:
    tokens = _TOKEN.findall(path)
    if "/".join(tokens) != path:
        raise ContractError(f"{text}: malformed path template")
    return tokens
