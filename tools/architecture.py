"""Draws the rooms of a package into docs/architecture.md, from its imports, for GitHub to show.

`python -m tools.architecture` writes them; `--check` fails when what is committed differs
from the code. The floors are those of import-linter's layers contract in pyproject.toml, so
the picture shows what `make check` holds. A room's promise is the first line of its docstring.
"""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.made import write_or_check

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "architecture.md"
DRAWN = re.compile(
    r"(<!-- The rooms of (\w+): made by `make gen` -->\n)```mermaid\n.*?```\n", re.DOTALL
)
IMPORTS = (ast.Import, ast.ImportFrom)
NOT_DRAWN = {"tests", "conftest", "__main__", "__init__"}


@dataclass(frozen=True)
class House:
    """A package: its floors from the top, each room's promise, who imports whom."""

    package: str
    floors: Sequence[Sequence[str]]
    promises: Mapping[str, str]
    imports: frozenset[tuple[str, str]]


def main() -> int:
    page = PAGE.read_text()
    made = DRAWN.sub(lambda found: found[1] + picture(house(found[2])), page)
    return write_or_check({PAGE: made}, "the code")


def house(package: str) -> House:
    """Reads a package. Raises SystemExit for a room without a floor or without a promise."""
    floors, rooms = floors_of(package), rooms_of(package)
    if strange := set(rooms) ^ {room for floor in floors for room in floor}:
        sys.exit(f"{package}: on one side only of pyproject.toml's floors: {sorted(strange)}")
    promises = {room: _promise(path) for room, path in rooms.items()}
    return House(package, floors, promises, imports_of(package, rooms))


def floors_of(package: str) -> list[list[str]]:
    """Returns the layers that pyproject.toml states for a package, the highest first."""
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    for contract in linter["contracts"]:
        if contract["type"] == "layers" and package in contract.get("containers", ()):
            return [
                [room.strip(" ()") for room in layer.replace(":", "|").split("|")]
                for layer in contract["layers"]
            ]
    sys.exit(f"{package}: pyproject.toml has no layers contract for it")


def rooms_of(package: str) -> dict[str, Path]:
    """Returns where each subpackage and module of a package is defined."""
    inside = (ROOT / package).iterdir()
    packages = {
        path.name: path / "__init__.py" for path in inside if (path / "__init__.py").exists()
    }
    modules = {path.stem: path for path in (ROOT / package).glob("*.py")}
    return {name: path for name, path in (packages | modules).items() if name not in NOT_DRAWN}


def _promise(path: Path) -> str:
    said = ast.get_docstring(ast.parse(path.read_text()))
    if not said:
        sys.exit(
            f"{path.relative_to(ROOT)} lacks a docstring: its first line is the room's promise"
        )
    return said.splitlines()[0]


def imports_of(package: str, rooms: Mapping[str, Path]) -> frozenset[tuple[str, str]]:
    """Returns each pair of rooms of which the first imports the second, tests left out."""
    return frozenset(
        (room, other)
        for room, path in rooms.items()
        for file in _files(path)
        for other in _imported(file, package)
        if other in rooms and other != room
    )


def _files(path: Path) -> Iterator[Path]:
    if path.name != "__init__.py":
        yield path
        return
    inside = path.parent.rglob("*.py")
    yield from (file for file in inside if not {"tests", "migrations"} & set(file.parts))


def _imported(file: Path, package: str) -> Iterator[str]:
    """Yields the rooms that each import statement of a file names."""
    for node in ast.walk(ast.parse(file.read_text())):
        names = [alias.name for alias in node.names] if isinstance(node, IMPORTS) else []
        if isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{name}" for name in names]
        parts = [name.split(".") for name in names]
        yield from {part[1] for part in parts if part[0] == package and len(part) > 1}


def picture(house: House) -> str:
    """Returns a flowchart in Mermaid. An arrow is an import, and one that goes up is red.

    An import is left out where other arrows lead to the same room.
    """
    level = {room: number for number, floor in enumerate(house.floors) for room in floor}
    rooms = [f'  {room}["<b>{room}</b><br>{house.promises[room]}"]' for room in level]
    arrows = sorted(_not_implied(house.imports, level), key=lambda arrow: level[arrow[0]])
    drawn = [f"  {source} --> {target}" for source, target in arrows]
    red = [
        f"  linkStyle {number} stroke:red"
        for number, (source, target) in enumerate(arrows)
        if level[source] >= level[target]
    ]
    return "\n".join(["```mermaid", "flowchart TB", *rooms, *drawn, *red, "```\n"])


def _not_implied(
    imports: frozenset[tuple[str, str]], level: Mapping[str, int]
) -> Iterator[tuple[str, str]]:
    """Yields the imports whose target can't be reached over another room, and those that go up."""
    for source, target in sorted(imports):
        others = {room for room in level if (source, room) in imports} - {target}
        if level[source] >= level[target] or target not in _reached(others, imports):
            yield source, target


def _reached(rooms: set[str], imports: frozenset[tuple[str, str]]) -> set[str]:
    """Returns the rooms and all that they import, at any number of removes."""
    more = {target for source, target in imports if source in rooms} - rooms
    return _reached(rooms | more, imports) if more else rooms


if __name__ == "__main__":
    sys.exit(main())
