"""The blocks of a file that name a service, whatever the file is for.

A block is a line that names the service, with the lines after it that are indented deeper, as in
YAML; in a file of several documents it is a whole one. Blocks that follow one another are one.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter

DOCUMENT = "---\n"


def copied(text: str, service: str, change: Callable[[str], str]) -> str:
    """Returns the text with each block of a service followed by what `change` makes of it."""
    lines = text.splitlines(keepends=True)
    for start, end in reversed(list(_blocks(lines, service))):
        apart = ["\n"] if _is_paragraph(lines, start, end) else []
        lines[end:end] = [*apart, change("".join(lines[start:end]))]
    return "".join(lines)


def without(text: str, service: str) -> str:
    """Returns the text without the blocks of a service."""
    lines = text.splitlines(keepends=True)
    for start, end in reversed(list(_blocks(lines, service))):
        del lines[start - _is_paragraph(lines, start, end) : end]
    return "".join(lines)


def _blocks(lines: Sequence[str], service: str) -> Iterator[tuple[int, int]]:
    """Yields where each block begins, and where the line after it is."""
    names = re.compile(rf"(?<![a-z]){service}(?![a-z])", re.IGNORECASE)
    for named, parts in groupby(_parts(lines, names), itemgetter(2)):
        if named:
            places = list(parts)
            yield places[0][0], places[-1][1]


def _parts(lines: Sequence[str], names: re.Pattern[str]) -> Iterator[tuple[int, int, bool]]:
    """Yields what the lines are made of, and whether each part names the service."""
    of_documents, start = DOCUMENT in lines, 0
    while start < len(lines):
        end = _end_of_document(lines, start) if of_documents else start + 1
        named = any(map(names.search, lines[start:end]))
        if named and not of_documents:
            end = _end_of_lines(lines, start)
        yield start, end, named
        start = end


def _end_of_document(lines: Sequence[str], start: int) -> int:
    """Returns where the line is that begins the next document."""
    return next((n for n in range(start + 1, len(lines)) if lines[n] == DOCUMENT), len(lines))


def _end_of_lines(lines: Sequence[str], start: int) -> int:
    """Returns where the first line is that is indented no deeper than that at `start`."""
    deeper = range(start + 1, len(lines))
    return next((n for n in deeper if _indent(lines[n]) <= _indent(lines[start])), len(lines))


def _indent(line: str) -> int:
    """Returns how deep a line is indented; an empty one ends every block."""
    return len(line) - len(line.lstrip()) if line.strip() else -1


def _is_paragraph(lines: Sequence[str], start: int, end: int) -> bool:
    """Returns whether the lines before and after are empty, or the file's end."""
    return start > 0 and not lines[start - 1].strip() and not "".join(lines[end : end + 1]).strip()
