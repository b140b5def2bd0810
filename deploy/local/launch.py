"""Starts an engine so that it ends when we do, and not as root, which PostgreSQL refuses.

No system user is added for that. A checkout may lie where only root can look, such as
/root, so under its other uid the engine keeps one capability, to read and to search
(CAP_DAC_READ_SEARCH); what it writes belongs to its uid. Source: capabilities(7),
"ambient"; prctl(2).
"""

import ctypes
import os
import signal
import sys

NOBODY = 65534
_PR_SET_PDEATHSIG = 1
_PR_SET_KEEPCAPS = 8
_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE = 47, 2
_CAP_DAC_READ_SEARCH = 2
_CAPABILITY_VERSION_3 = 0x20080522

_libc = ctypes.CDLL(None)


def launched(command: list[str], *, ends_by: signal.Signals, as_root: bool) -> list[str]:
    """The command line that starts `command`; `ends_by` is what it gets when we die."""
    uid = os.geteuid() if as_root or os.geteuid() != 0 else NOBODY
    return [sys.executable, "-I", __file__, str(int(ends_by)), str(uid), *command]


def end_with_parent(by: int) -> None:
    """From now on the parent's death, however it comes, sends this process a signal."""
    _libc.prctl(_PR_SET_PDEATHSIG, by, 0, 0, 0)


def become(uid: int) -> None:
    """Take another uid, with no other right left than to read and to search."""
    _libc.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    bit = 1 << _CAP_DAC_READ_SEARCH
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    sets = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)  # effective, permitted, inheritable
    if _libc.capset(header, sets) == 0:
        _libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, _CAP_DAC_READ_SEARCH, 0, 0)


if __name__ == "__main__":
    ends_by, uid, *command = sys.argv[1:]
    if int(uid) != os.geteuid():
        become(int(uid))
    end_with_parent(int(ends_by))  # last: a change of uid clears it
    os.execv(command[0], command)  # noqa: S606  # no shell is the point
