"""Kills or stalls a process between two lines, for tests of what is lost then.

Off unless MESH_FAILPOINTS names a folder; outside development that setting stops the start.
A file in that folder with the name of a point arms the point: the first process to reach the
point removes the file and does once what is written in it. `kill` is SIGKILL, `sleep 8` waits
eight seconds.
"""

import os
import signal
import time
from pathlib import Path

from mesh.core import config
from mesh.core.config import market_env


def folder() -> Path | None:
    """Returns the folder; None where points are off. Raises SettingError outside development."""
    about = "A folder of failpoints, for tests that kill; refused outside development."
    named = config.text("MESH_FAILPOINTS", "", about=about, kind="path")
    if not named:
        return None
    if market_env() != "development":
        raise config.SettingError("MESH_FAILPOINTS is for development only")
    return Path(named)


_folder = folder()  # read as the process starts, so that it does not start where refused


def failpoint(name: str) -> None:
    """Kills or stalls this process, if the point is armed."""
    if _folder is not None:
        act_if_armed(_folder, name)


def act_if_armed(folder: Path, name: str) -> None:
    """Does once what the point's file says: of two processes that rename it, one finds it gone."""
    taken = folder / f".{name}.{os.getpid()}"
    try:
        (folder / name).rename(taken)
    except FileNotFoundError:
        return
    action, _, seconds = taken.read_text().strip().partition(" ")
    taken.unlink()
    if action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif action == "sleep":
        time.sleep(float(seconds))
    else:
        raise ValueError(f"the failpoint {name} is armed with {action!r}, not kill or sleep")
