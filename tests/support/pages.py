"""Runs the commands on a page of the docs, and compares what they print with what it says.

A block of `sh` is run as it stands, all of a page in one shell. A block of `text` after it is
what one then sees: its lines come in that order among others, and `…` stands for anything.
"""

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

END = "─── end of a block"
WITHIN_S = 300


def run_page(page: Path, instead: Mapping[str, str], environment: Mapping[str, str]) -> None:
    """Fails with all that was printed. `instead` maps addresses on the page to those to use."""
    text = page.read_text()
    for written, used in instead.items():
        assert written in text, written
        text = text.replace(written, used)
    blocks = re.findall(r"^```(sh|text)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    commands = [block for kind, block in blocks if kind == "sh"]
    done = subprocess.run(
        ["bash"],
        input="".join(f"{block}\necho; echo '{END}'\n" for block in commands),
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=WITHIN_S,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    printed = iter(done.stdout.split(f"{END}\n"))
    lines: list[str] = []
    for kind, block in blocks:
        if kind == "sh":
            lines = next(printed).splitlines()
            continue
        for line in block.splitlines():
            pattern = ".*".join(map(re.escape, line.split("…")))
            found = [at for at, shown in enumerate(lines) if re.fullmatch(pattern, shown)]
            assert found, f"not seen: {line}\n{done.stdout}{done.stderr}"
            lines = lines[found[0] + 1 :]
