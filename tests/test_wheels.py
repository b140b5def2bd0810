"""The packages of the kit: what they ask for is what they import, in the versions tested here."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from dev.config import ROOT
from tools.wheels.__main__ import HERE

OURS = {"mesh", "market", "buf"}
WHEELS = {"kit": "mesh", "edge": "edge_api"}


def project(file: Path) -> dict[str, list[str]]:
    """Returns the dependencies that a pyproject.toml states, by their group."""
    stated = tomllib.loads(file.read_text())
    extras = {
        **stated["project"].get("optional-dependencies", {}),
        **stated.get("dependency-groups", {}),
    }
    return {"": stated["project"]["dependencies"], **extras}


def named(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[<>=]", one)[0].replace("_", "-").lower() for one in requirements}


def imported(package: Path) -> Iterator[str]:
    for file in package.rglob("*.py"):
        if "tests" not in file.parts and file.name != "conftest.py":
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Import):
                    yield from (alias.name.partition(".")[0] for alias in node.names)
                elif isinstance(node, ast.ImportFrom) and node.module:
                    yield node.module.partition(".")[0]


@pytest.mark.parametrize("wheel", WHEELS)
def test_the_bounds_are_those_of_the_whole(wheel: str) -> None:
    whole = project(ROOT / "pyproject.toml")
    own = [one for group in project(HERE / wheel / "pyproject.toml").values() for one in group]
    strange = [one for one in own if one not in whole[""] and one not in whole["dev"]]
    assert [one for one in strange if not one.startswith("marketmesh-kit==")] == []


@pytest.mark.parametrize(("wheel", "package"), WHEELS.items())
def test_every_package_that_is_imported_is_asked_for(wheel: str, package: str) -> None:
    asked = [one for group in project(HERE / wheel / "pyproject.toml").values() for one in group]
    from_where = packages_distributions()
    missing = {
        name: from_where.get(name)
        for name in set(imported(ROOT / package)) - set(sys.stdlib_module_names) - OURS - {package}
        if not named(from_where.get(name, [])) & named(asked)
    }
    assert missing == {}
