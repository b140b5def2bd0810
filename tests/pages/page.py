"""The commands, edits and outputs of a Markdown page, in its order."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

BLOCK = re.compile(
    r"^(<!-- fails -->\n)?```(\w+)(?: title=\"(.*?)\")?\n(.*?)^```$", re.MULTILINE | re.DOTALL
)


class Block(NamedTuple):
    """A block of a page in backquotes.

    `kind` is `sh` for commands, `text` or `json` for what the commands before print, `diff` for an
    edit; with a `title` it is the whole of that file. `fails` says that the commands do.
    """

    kind: str
    text: str
    title: str = ""
    fails: bool = False


def blocks_of(page: Path) -> Iterator[Block]:
    for fails, kind, title, text in BLOCK.findall(page.read_text()):
        yield Block(kind, text, title, bool(fails))


def edit(folder: Path, diff: str) -> None:
    """Makes the edits of a diff in a folder; its hunks begin with `@@`, without line numbers.

    Raises AssertionError where the lines that a hunk begins from are not there just once.
    """
    for of_file in diff.split("--- a/")[1:]:
        name, *hunks = re.split(r"^@@.*\n", of_file, flags=re.MULTILINE)
        file = folder / name.splitlines()[0]
        text = file.read_text()
        for hunk in hunks:
            before, after = _side(hunk, "-"), _side(hunk, "+")
            assert text.count(before) == 1, f"{file} has {text.count(before)} times:\n{before}"
            text = text.replace(before, after)
        file.write_text(text)


def _side(hunk: str, sign: str) -> str:
    """Returns the lines that a hunk has in common, and those with the sign."""
    lines = [line or " " for line in hunk.splitlines()]
    return "".join(f"{line[1:]}\n" for line in lines if line[0] in (" ", sign))


def printed(expected: str, output: str) -> bool:
    """Returns whether each expected line is part of a line of the output; `…` is anything."""
    patterns = (
        ".*".join(map(re.escape, line.strip().split("…"))) for line in expected.splitlines()
    )
    return all(re.search(pattern, output) for pattern in patterns)
