"""Who is signed in, kept in the user's folder for settings, for nobody else to read."""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click

# A token that ends sooner is renewed first.
LEAST_S = 30.0


@dataclass(frozen=True)
class Session:
    """The tokens of one sign-in; `expire_time` of the access token is in Unix seconds."""

    username: str
    access_token: str
    refresh_token: str
    expire_time: float

    @property
    def is_fresh(self) -> bool:
        return time.time() < self.expire_time - LEAST_S


class Sessions:
    """The sessions by the address of the user service that gave them."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._file = Path(click.get_app_dir("market")) / "sessions.json"

    def read(self) -> Session | None:
        kept = self._all().get(self._address)
        return Session(**kept) if kept else None

    def keep(self, session: Session | None) -> None:
        """Keeps a session in place of the one before; None forgets it."""
        others = {name: kept for name, kept in self._all().items() if name != self._address}
        content = others if session is None else {**others, self._address: asdict(session)}
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        written = self._file.with_suffix(f".{os.getpid()}")
        written.touch(mode=0o600)
        written.write_text(json.dumps(content))
        written.replace(self._file)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Lets one process at a time exchange tokens: a second use of one ends the session."""
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._file.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _all(self) -> dict[str, dict[str, Any]]:
        try:
            return dict(json.loads(self._file.read_text()))
        except FileNotFoundError:
            return {}
        except ValueError:
            raise click.ClickException(f"{self._file} is no JSON; remove it and sign in") from None
