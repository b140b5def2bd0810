"""New REST routes that take requests from those that were there before."""

import re
from collections.abc import Iterator
from itertools import zip_longest

from tools.breaking.files import Parts
from tools.breaking.finding import REST, Finding
from tools.breaking.methods import bindings


def route_findings(old: Parts, new: Parts) -> Iterator[Finding]:
    """Yields each new route whose path an old route's variable would have taken."""
    before, after = (
        {route for method in of.methods.values() for route, _ in bindings(method)}
        for of in (old, new)
    )
    for name, method in new.methods.items():
        for route, _ in bindings(method):
            for taken in sorted(before & after) if route not in before else ():
                if _covers(taken, route):
                    what = f"{route} takes paths that {taken} was asked for by"
                    instead = "bind it to a path of its own"
                    yield Finding("REST_ROUTE_SHADOWED", name, REST, what, instead)


def _covers(general: str, special: str) -> bool:
    """Returns whether each path of `special` is one of `general`, which is another route."""
    pairs = zip_longest(_segments(general), _segments(special), fillvalue="")
    return all(a == b or (a == "{=*}" and b and ":" not in b) for a, b in pairs)


def _segments(route: str) -> list[str]:
    return re.split(r"[ /]", route)
