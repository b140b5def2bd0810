"""New REST routes that take requests from those that were there before."""

import re
from collections.abc import Iterator

from tools.breaking.files import Parts
from tools.breaking.finding import REST, Finding
from tools.breaking.methods import bindings

_VARIABLE = re.compile(r"\{=([^{}]*)\}")
_ONE, _REST = "*", "**"


def route_findings(old: Parts, new: Parts) -> Iterator[Finding]:
    """Yields each new route that takes paths of an old one's variables."""
    before, after = (
        {route for method in of.methods.values() for route, _ in bindings(method)}
        for of in (old, new)
    )
    for name, method in new.methods.items():
        for route, _ in bindings(method):
            for taken in sorted(before & after) if route not in before else ():
                if _takes(route, taken):
                    what = f"{route} takes paths that {taken} was asked for by"
                    instead = "bind it to a path of its own"
                    yield Finding("REST_ROUTE_SHADOWED", name, REST, what, instead)


def _takes(new: str, old: str) -> bool:
    """Returns whether the edge gives `new` a path that it gave `old`.

    Where they first differ decides: a literal wins over `*`, and that over `**`.
    """
    (*new_end, new_path), (*old_end, old_path) = _parsed(new), _parsed(old)
    return new_end == old_end and _wins(new_path, old_path, wins=False)


def _parsed(route: str) -> tuple[str, str, list[str]]:
    """Returns the HTTP method, the `:verb` and the segments of `GET /a/{=b/**}:verb`."""
    method, _, path = route.partition(" ")
    *owners, last = _VARIABLE.sub(r"\1", path).split("/")
    last, _, verb = last.partition(":")
    return method, verb, [*owners, last]


def _wins(new: list[str], old: list[str], *, wins: bool) -> bool:
    """Returns whether a path has the segments of both, and `new` is the more exact or `wins`."""
    if new[:1] == [_REST] or not (new or old):
        return wins
    if old[:1] == [_REST]:
        return True
    if not new or not old:
        return False
    (mine, *new), (theirs, *old) = new, old
    if mine != theirs and _ONE not in (mine, theirs):
        return False
    return (wins or theirs in (mine, _ONE)) and _wins(new, old, wins=wins or mine != theirs)
