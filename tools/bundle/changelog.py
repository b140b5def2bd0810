"""What is new in a contract, as its changelog and its version say it."""

from collections.abc import Iterator
from datetime import date

from mesh.contract.life_cycle import life_cycle_of
from tools.breaking.compare import breaking
from tools.breaking.files import Parts, parts
from tools.breaking.methods import bindings


def additions(old: Parts, new: Parts) -> Iterator[str]:
    """Yields a line for each part that the older contract does not have."""
    for kind in ("methods", "messages", "fields", "values"):
        before, after = getattr(old, kind), getattr(new, kind)
        yield from (f"`{name}`" for name in after if name not in before)
    for name, method in new.methods.items():
        if name in old.methods:
            routes = {route for route, _ in bindings(old.methods[name])}
            new_routes = [route for route, _ in bindings(method) if route not in routes]
            yield from (f"`{name}` is bound to `{route}`" for route in new_routes)
            cycle = life_cycle_of(method)
            if cycle is not None and cycle != life_cycle_of(old.methods[name]):
                yield f"`{name}`: {cycle.words}"


def version_after(released: str, old: bytes, new: bytes) -> str:
    """Returns the semantic version of a contract that may be newer than the released one."""
    major, minor, patch = (int(part) for part in released.split("."))
    if old == new:
        return released
    if any(additions(parts(old), parts(new))):
        return f"{major}.{minor + 1}.0"
    return f"{major}.{minor}.{patch + 1}"


def changelog(released: str, old: bytes, new: bytes, today: date) -> str:
    """Returns what a newer contract adds; its breaks too, which a release has none of."""
    version = version_after(released, old, new)
    lines = [f"# {version}", ""]
    if version == released:
        return "\n".join([*lines, "As released.", ""])
    lines += [f"Since {released}:", ""]
    changes = [f"- new: {one}" for one in additions(parts(old), parts(new))]
    changes += [f"- **breaks** {one}" for one in breaking(old, new, today=today)]
    return "\n".join([*lines, *(changes or ["- comments, examples or looser limits only"]), ""])
