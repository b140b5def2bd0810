"""The code on the pages for clients is the code that is run."""

import re
from pathlib import Path
from textwrap import indent

import pytest

from tests.interop.clients import HERE

PAGES = HERE.parents[1] / "docs" / "clients"
SOURCES = {
    "go": "**/*.go",
    "java": "**/*.java",
    "proto": "**/*.proto",
    "python": "**/*.py",
    "rust": "**/*.rs",
    "ts": "typescript/src/*.ts",
    "xml": "**/*.xml",
    "yaml": "**/*.yaml",
}


@pytest.mark.parametrize("page", sorted(PAGES.glob("*.md")), ids=lambda page: page.stem)
def test_each_piece_of_code_on_a_page_is_one_of_the_program(page: Path) -> None:
    found = 0
    for language, code in re.findall(r"```(\w+)\n(.*?)```", page.read_text(), re.DOTALL):
        if language == "sh":
            continue
        sources = [path.read_text() for path in HERE.glob(SOURCES[language])]
        # A method is shown without the indentation that it has in its class.
        shown = [indent(code, " " * depth) for depth in range(0, 9, 2)]
        assert any(form in source for source in sources for form in shown), code
        found += 1
    assert found
