"""Headers that tell clients of a deprecated operation: Deprecation, Sunset, Link.

Source: RFC 9745, RFC 8594, RFC 5829 (`successor-version`).
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from edge_api.transcoding.path_template import Template
from edge_api.transcoding.router import Match
from mesh.contract.life_cycle import LifeCycle
from mesh.contract.model import Contract


class Announcement:
    """The headers of one deprecated operation."""

    def __init__(self, cycle: LifeCycle, verb: str, contract: Contract) -> None:
        self._headers, self._verb = cycle.headers, verb
        self._successor = successor_path(cycle, contract)

    def headers(self, match: Match[Any]) -> Iterator[tuple[str, str]]:
        """Yields them for the path of a request, whose variables the successor's path takes."""
        yield from self._headers.items()
        if self._successor:
            values = _values(match.templates[self._verb], match.variables(self._verb))
            path = self._successor
            for name, value in values:  # each is one segment, an encoded slash included
                path = path.replace(f"{{{name}}}", quote(value, safe=""))
            if "{" not in path:
                yield "Link", f'<{path}>; rel="successor-version"'


def _values(template: Template, values: list[str]) -> Iterator[tuple[str, str]]:
    for variable, value in zip(template.variables, values, strict=True):
        yield ".".join(variable.field_path), value


def successor_path(cycle: LifeCycle, contract: Contract) -> str:
    """Returns the first path of the RPC to call instead; empty where it has none."""
    service, _, name = cycle.successor.rpartition(".")
    method = contract.methods.get(f"/{service}/{name}")
    return method.bindings[0].template if method is not None and method.bindings else ""
