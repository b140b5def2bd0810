"""docs/architecture.md says where things are: each path it names is there, each name defined."""

import ast
import re
from pathlib import Path

import pytest

from tools.architecture import ROOT, floors_of, house, picture

MAP = (ROOT / "docs" / "architecture.md").read_text()
NAMED = sorted(set(re.findall(r"`([\w./]+\.py)` → `(\w+)`", MAP)))
PATH = r"`((?:[\w.]+/)+[\w.]*|\w+\.(?:toml|yaml)|Procfile|\w+_service)`"
PATHS = sorted(set(re.findall(PATH, MAP)))
ROWS = re.findall(r"^\| .*", MAP.partition("## To change")[2], re.MULTILINE)[1:]


def defined_in(file: Path) -> set[str]:
    """Returns the names that a module binds at its top level."""
    names: set[str] = set()
    for node in ast.parse(file.read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            names |= {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    return names


def test_the_table_has_a_row_for_each_typical_change() -> None:
    assert len(ROWS) >= 40


def test_each_row_of_the_table_names_a_path() -> None:
    assert [row for row in ROWS if not re.search(PATH, row)] == []


@pytest.mark.parametrize("path", PATHS)
def test_each_path_it_names_is_there(path: str) -> None:
    assert (ROOT / path).exists()


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_each_name_is_defined_where_it_says(path: str, name: str) -> None:
    assert name in defined_in(ROOT / path)


def test_an_import_that_goes_up_is_red() -> None:
    seen = house("mesh")
    assert "stroke:red" not in picture(seen)
    top, bottom = floors_of("mesh")[0][0], floors_of("mesh")[-1][0]
    wrong = type(seen)(seen.package, seen.floors, seen.promises, seen.imports | {(bottom, top)})
    assert "stroke:red" in picture(wrong)
