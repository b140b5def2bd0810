"""Follows a page word for word: runs its commands, makes its edits, compares what is printed."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Self

from tests.pages.page import Block, blocks_of, edit, printed
from tests.support.waiting import eventually

MESH, READY = "make up\n", "marketmesh is ready"
READY_WITHIN_S = 180
ENDED_WITHIN_S = 60
COMMANDS_WITHIN_S = 300


class Reader:
    """Somebody who does in `folder` what a page says.

    `make up`, and commands that end in `&`, run until the end. `ports` maps those of the page on
    `localhost` to the ones used instead, as others may have the page's.
    """

    def __init__(
        self, folder: Path, environment: Mapping[str, str], ports: Mapping[int, int]
    ) -> None:
        self._folder = folder
        self._ports = ports
        self._environment = dict(environment)
        self._exported = folder.parent / "exported.sh"
        self._exported.touch()
        self._output = ""
        self._running = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def follow(self, page: Path) -> None:
        for block in blocks_of(page):
            self._do(block)

    def _do(self, block: Block) -> None:
        text = re.sub(
            r"(?<=localhost:)\d+", lambda port: str(self._ports[int(port[0])]), block.text
        )
        if block.title:
            file = self._folder / block.title
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        elif block.kind == "diff":
            edit(self._folder, text)
        elif block.kind == "sh":
            self._run(text, fails=block.fails)
        else:
            assert printed(text, self._output), f"{text}\nis not printed:\n{self._output}"

    def _run(self, commands: str, *, fails: bool) -> None:
        if commands.endswith(" &\n") or commands == MESH:
            self._output = self._running.enter_context(self._started(commands.rstrip(" &\n")))
            return
        ended = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", f"{commands}\nexport -p > {self._exported}\n"],
            **self._in_its_shell(),
            check=False,
            stdout=subprocess.PIPE,
            timeout=COMMANDS_WITHIN_S,
        )
        self._output = ended.stdout
        assert (ended.returncode != 0) == fails, f"{commands}\n{self._output}"

    @contextmanager
    def _started(self, command: str) -> Iterator[str]:
        """Yields what a command has printed, the mesh once it is ready; ends it by SIGINT."""
        log = self._folder.parent / f"{command.replace(' ', '-')}.log"
        with log.open("w") as output:
            process = subprocess.Popen(
                ["bash", "-c", f"exec {command}"],
                **self._in_its_shell(),
                stdout=output,
                start_new_session=True,
            )

        def ready() -> str | None:
            assert process.poll() is None, f"{command} ended:\n{log.read_text()}"
            text = log.read_text()
            return text if READY in text or command != MESH.strip() else None

        try:
            yield eventually(ready, READY_WITHIN_S)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGINT)
                process.wait(ENDED_WITHIN_S)

    def _in_its_shell(self) -> dict[str, Any]:
        """Returns the options of a process that has what was exported before."""
        return {
            "cwd": self._folder,
            "env": self._environment | {"BASH_ENV": str(self._exported)},
            "stderr": subprocess.STDOUT,
            "text": True,
        }
