"""Routing of HTTP methods and paths, by a tree of path segments that is built once.

A literal segment wins over a variable, a variable over `**`; the trailing slash makes no
difference, but after a `:verb`, which ends a path. Values are taken from the path as it was
received, so that an encoded slash stays inside its segment, and an encoded colon starts no verb.
"""

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from edge_api.transcoding.path_template import ONE, REST, Template
from edge_api.transcoding.percent import decoded_but_slashes, percent_decoded
from mesh.contract.model import ContractError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Match(Generic[T]):
    """The bindings of a path: a target for each HTTP method, and the path's variables.

    `variables` holds the texts in the order of the template's variables. `segments` are
    decoded, `received` are not.
    """

    targets: dict[str, T]
    templates: dict[str, Template]
    segments: tuple[str, ...]
    received: tuple[str, ...]

    @property
    def allowed(self) -> list[str]:
        """Returns the HTTP methods of the path, with the implied HEAD and OPTIONS."""
        implied = {"OPTIONS"} | ({"HEAD"} if "GET" in self.targets else set())
        return sorted(implied | set(self.targets))

    def variables(self, method: str) -> list[str]:
        return [
            "/".join(map(decoded_but_slashes, self.received[variable.start : variable.end]))
            if variable.spans
            else self.segments[variable.start]
            for variable in self.templates[method].variables
        ]


# What ends at a place, by HTTP method.
_Ends = tuple[dict[str, T], dict[str, Template]]


@dataclass(slots=True)
class _Node(Generic[T]):
    literals: "dict[str, _Node[T]]" = field(default_factory=dict)
    one: "_Node[T] | None" = None
    rest: "_Node[T] | None" = None
    ends: dict[str, "_Ends[T]"] = field(default_factory=dict)


class Routes(Generic[T]):
    def __init__(self) -> None:
        self._root: _Node[T] = _Node()

    def add(self, method: str, template: Template, target: T) -> None:
        """Raises ContractError when two bindings claim the same method and path."""
        node = self._root
        for segment in template.segments:
            node = _child(node, segment)
        targets, templates = node.ends.setdefault(template.verb, ({}, {}))
        if method in targets:
            raise ContractError(f"{method} {'/'.join(template.segments)} is bound twice")
        targets[method], templates[method] = target, template

    def match(self, raw_path: str) -> Match[T] | None:
        """Finds a path's bindings. Raises DecodeError for what is no percent-encoded UTF-8."""
        received = tuple(raw_path.removesuffix("/").split("/")[1:])
        segments = tuple([percent_decoded(part, "the path") for part in received])
        last, colon, verb = received[-1].rpartition(":") if received else ("", "", "")
        if colon and not raw_path.endswith("/"):
            shorter = (*received[:-1], last)
            plain = (*segments[:-1], percent_decoded(last, "the path"))
            if (ends := _ends(self._root, plain, verb)) is not None:
                return Match(*ends, plain, shorter)
        ends = _ends(self._root, segments, "")
        return None if ends is None else Match(*ends, segments, received)


def _child(node: _Node[T], segment: str) -> _Node[T]:
    if segment == ONE:
        node.one = node.one or _Node()
        return node.one
    if segment == REST:
        node.rest = node.rest or _Node()
        return node.rest
    return node.literals.setdefault(segment, _Node())


def _ends(node: _Node[T], segments: tuple[str, ...], verb: str, depth: int = 0) -> _Ends[T] | None:
    """Returns what is bound to the path with this `:verb`, by the most exact template."""
    if depth == len(segments):
        ends = node.ends.get(verb)
    else:
        segment = segments[depth]
        literal = node.literals.get(segment)
        ends = None if literal is None else _ends(literal, segments, verb, depth + 1)
        if ends is None and node.one is not None and segment:
            ends = _ends(node.one, segments, verb, depth + 1)
    if ends is None and node.rest is not None:
        ends = node.rest.ends.get(verb)
    return ends
