"""Colours on a terminal."""

import os
import sys

DIM = 2


def in_colour() -> bool:
    """Returns whether standard output is a terminal and NO_COLOR is not set.

    Source: no-color.org.
    """
    return sys.stdout is not None and sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def painted(text: str, colour: int, *, coloured: bool) -> str:
    return f"\x1b[{colour}m{text}\x1b[0m" if coloured and colour else text
