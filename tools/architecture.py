"""Draws docs/architecture/*.svg: the rooms of a package, on their floors, from its imports.

`python -m tools.architecture` writes them; `--check` fails when what is committed differs
from the code. The floors are those of import-linter's layers contract in pyproject.toml, so
the picture shows what `make check` holds. A room's promise is the first line of its docstring.
"""

import ast
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.drawing import Arrow, Box, drawn

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "architecture"
PACKAGES = ("mesh", "edge_api")
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
    made = {PICTURES / f"{package}.svg": picture(house(package)) for package in PACKAGES}
    if "--check" not in sys.argv:
        PICTURES.mkdir(exist_ok=True)
        for file, svg in made.items():
            file.write_text(svg)
        return 0
    stale = [file for file, svg in made.items() if not file.exists() or file.read_text() != svg]
    for file in stale:
        print(f"{file.relative_to(ROOT)} differs from the code: run `make gen`", file=sys.stderr)
    return 1 if stale else 0


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
    """Returns the SVG of a house. An arrow that goes up would be red."""
    level = {room: number for number, floor in enumerate(house.floors) for room in floor}
    boxes = [[Box(room, house.promises[room]) for room in floor] for floor in house.floors]
    arrows = [
        Arrow(source, target, wrong=level[source] >= level[target])
        for source, target in sorted(house.imports)
    ]
    return drawn(f"{house.package}/: its rooms, imports go down only", boxes, arrows)


if __name__ == "__main__":
    sys.exit(main())
