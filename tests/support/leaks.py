"""What must never be in a log: secrets, tokens, passwords, e-mail addresses."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from dev.up.ready import SIGN_IN

# Any signed token, and any address but the one that mails are sent from.
PATTERNS = {
    "a signed token": re.compile(r"eyJ[\w-]+\.eyJ[\w-]+"),
    "an e-mail address": re.compile(r"[\w.+-]+@(?!marketmesh\.example)[\w-]+\.[\w.-]+"),
    "a password in a URL": re.compile(r"\w+://[^\s/:@]*:(?!\*+@)[^\s/@]+@"),
    "a private key": re.compile("PRIVATE KEY"),
}


def leaks(var: Path, told: Iterable[str]) -> list[str]:
    """Returns the log lines that hold what they must not; `told` is what clients sent or got."""
    told = {text for text in told if text}
    secrets = {text for text in _secrets(var) if text} | told
    return [
        f"{file.name}: {what}: {line[:300]}"
        for file in var.rglob("*.log")
        for line in file.read_text(errors="replace").splitlines()
        if SIGN_IN not in line  # development's own account, for who starts the mesh
        for what in _found(line, secrets)
    ]


def _found(line: str, secrets: set[str]) -> Iterator[str]:
    yield from (what for what, pattern in PATTERNS.items() if pattern.search(line))
    if any(secret in line for secret in secrets):
        yield "a secret or a password"


def _secrets(var: Path) -> Iterator[str]:
    for folder in (var / "secrets", var / "postgres" / "passwords"):
        for file in folder.glob("*"):
            yield file.read_text().strip()
