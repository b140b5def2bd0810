"""One merged log on standard output, each line after the name of its process."""

import sys
from collections.abc import Iterable

COLOURS = (36, 33, 32, 35, 34, 96, 93, 92, 95, 94)


class Console:
    def __init__(self, names: Iterable[str]) -> None:
        self._names = list(names)
        self._width = max(map(len, self._names), default=0)
        self._coloured = sys.stdout.isatty()

    def say(self, name: str, text: str) -> None:
        prefix = f"{name:<{self._width}} | "
        if self._coloured and name in self._names:
            colour = COLOURS[self._names.index(name) % len(COLOURS)]
            prefix = f"\x1b[{colour}m{prefix}\x1b[0m"
        print(prefix + text, flush=True)
