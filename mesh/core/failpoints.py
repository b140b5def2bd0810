"""Points where a test has a process die or stall between two lines, to see what is lost.

Off unless MESH_FAILPOINTS names a folder, which nothing but development allows: anywhere
else it stops the start. A file in that folder, named as a point is, arms the point in
whatever process comes by first: that one takes the file away and does what it says, once.
`kill` is SIGKILL, `sleep 8` waits eight seconds.
"""

import os
import signal
import time
from pathlib import Path

from mesh.core import config
from mesh.core.config import market_env


def folder() -> Path | None:
    """None: the points are off. Raises SettingError outside development."""
    about = "A folder of failpoints, for tests that kill; refused outside development."
    named = config.text("MESH_FAILPOINTS", "", about=about, kind="path")
    if not named:
        return None
    if market_env() != "development":
        raise config.SettingError("MESH_FAILPOINTS is for development only")
    return Path(named)


_folder = folder()  # read as the process starts, so that it does not start where refused


def failpoint(name: str) -> None:
    """Do what the point is armed to, if it is."""
    if _folder is not None:
        hit(_folder, name)


def hit(armed: Path, name: str) -> None:
    """Renaming is what makes it once: of two processes one finds the file gone."""
    taken = armed / f".{name}.{os.getpid()}"
    try:
        (armed / name).rename(taken)
    except FileNotFoundError:
        return
    action, _, seconds = taken.read_text().strip().partition(" ")
    taken.unlink()
    if action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif action == "sleep":
        time.sleep(float(seconds))
