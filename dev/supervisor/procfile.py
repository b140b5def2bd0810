import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from string import Template


def read_procfile(path: Path) -> dict[str, list[str]]:
    """Returns the commands by name; `python` becomes this interpreter."""
    commands: dict[str, list[str]] = {}
    for line in path.read_text().splitlines():
        name, separator, command = line.partition(":")
        if separator and not name.startswith("#"):
            words = shlex.split(command)
            commands[name.strip()] = [sys.executable if w == "python" else w for w in words]
    return commands


def filled_in(
    commands: Mapping[str, list[str]], environment: Mapping[str, str]
) -> dict[str, list[str]]:
    """Returns the commands with `$VARIABLES` replaced, as a shell would."""
    return {
        name: [Template(word).substitute(environment) for word in words]
        for name, words in commands.items()
    }


def stop_stages(names: list[str]) -> list[list[str]]:
    """Returns the order of stopping: the edge, so that nobody calls; workers; services; mail."""
    stages: dict[int, list[str]] = {}
    for name in names:
        stages.setdefault(_stage(name), []).append(name)
    return [stages[stage] for stage in sorted(stages)]


def _stage(name: str) -> int:
    if name.endswith("-worker"):
        return 1
    return {"edge": 0, "mailbox": 3}.get(name, 2)
