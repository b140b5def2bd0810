"""Every path, module, name and link in a Markdown file leads to something that is there.

So does every path in a Python file.
"""

import re
import subprocess
from pathlib import Path
from textwrap import indent

import pytest

from tests.test_architecture import defined_in
from tools.architecture import ROOT

TRACKED = subprocess.run(
    ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
    cwd=ROOT,
    capture_output=True,
    text=True,
    check=True,
).stdout.split()
PAGES = sorted(path for path in TRACKED if path.endswith(".md"))
FOLDERS = {str(parent) for path in TRACKED for parent in Path(path).parents}
ROOMS = "|".join(sorted({path.partition("/")[0] for path in TRACKED if "/" in path}))
# Files that are generated and ignored by git; the place of the local run before the rooms.
ELSEWHERE = ("deploy/secrets", "deploy/local")


def named(page: str) -> set[str]:
    """Returns the words in back quotes on a page, code blocks and phrases left out."""
    text = re.sub(r"^```.*?^```", "", (ROOT / page).read_text(), flags=re.MULTILINE | re.DOTALL)
    return set(re.findall(r"`([^`\s]+)`", text))


def is_there(path: str) -> bool:
    """Returns whether a path leads to a tracked file or folder, or ends a file's path."""
    path = path.rstrip("/")
    return path in FOLDERS or any(f"/{file}".endswith(f"/{path}") for file in TRACKED)


def is_defined(dotted: str) -> bool:
    """Returns whether a name is a package, a module, or bound at a module's top level."""
    path = dotted.replace(".", "/")
    if path in FOLDERS or f"{path}.py" in TRACKED:
        return True
    module, _, name = dotted.rpartition(".")
    file = f"{module.replace('.', '/')}.py"
    return file in TRACKED and name in defined_in(ROOT / file)


@pytest.mark.parametrize("page", PAGES)
def test_each_path_in_a_page_is_there(page: str) -> None:
    paths = {
        name
        for name in named(page)
        if re.fullmatch(rf"({ROOMS})/[\w./-]*|[\w./-]+\.(py|proto|svg|lock)", name)
        and not name.startswith(ELSEWHERE)
    }
    assert [path for path in sorted(paths) if not is_there(path)] == []


def test_each_path_in_a_docstring_or_comment_is_there() -> None:
    path = re.compile(rf"(?<![\w/.-])((?:{ROOMS})/[\w./-]+\.(?:py|md|proto|yaml))\b")
    code = [file for file in TRACKED if file.endswith(".py") and not file.startswith("generated")]
    told = {(file, name) for file in code for name in path.findall((ROOT / file).read_text())}
    assert [both for both in sorted(told) if not is_there(both[1])] == []


@pytest.mark.parametrize("page", PAGES)
def test_each_module_in_a_page_is_there(page: str) -> None:
    told = {name for name in named(page) if re.fullmatch(rf"({ROOMS})\.[\w.]+", name)}
    told |= set(re.findall(rf"python3? -m ((?:{ROOMS})[\w.]*)", (ROOT / page).read_text()))
    assert [name for name in sorted(told) if not is_defined(name)] == []


@pytest.mark.parametrize("page", PAGES)
def test_each_piece_of_code_that_names_its_file_is_part_of_it(page: str) -> None:
    blocks = re.findall(
        r"^```\w+\n(?:#|//) (\S+/\S+\.(?:py|proto))\n(.*?)^```",
        (ROOT / page).read_text(),
        flags=re.MULTILINE | re.DOTALL,
    )
    for file, code in blocks:
        source = (ROOT / file).read_text()
        assert any(indent(code, depth * " ") in source for depth in (0, 2, 4)), code


@pytest.mark.parametrize("page", PAGES)
def test_each_link_in_a_page_leads_somewhere(page: str) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", (ROOT / page).read_text())
    assert [link for link in links if not (ROOT / page).parent.joinpath(link).exists()] == []
