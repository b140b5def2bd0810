"""Starts a program that ends with its parent, and not as root, which PostgreSQL refuses.

No system user is added for that. A checkout may lie where only root can look, such as
/root, or have been made under umask 077, so under its other uid the engine keeps one
capability, CAP_DAC_OVERRIDE: to read and run what only root may (CAP_DAC_READ_SEARCH
would not do: it does not run programs, and containers do not have it). What it writes
belongs to its uid. Source: capabilities(7), "ambient" and "securebits"; prctl(2).
"""

import ctypes
import os
import signal
import sys

NOBODY = 65534
_PR_SET_PDEATHSIG = 1
_PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP = 28, 1 << 2
_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE = 47, 2
_CAP_DAC_OVERRIDE = 1
_CAPABILITY_VERSION_3 = 0x20080522

_libc = ctypes.CDLL(None)


def launched(command: list[str], *, ends_by: signal.Signals, as_root: bool = True) -> list[str]:
    """Returns a command line that starts `command`; `ends_by` is sent when this process dies."""
    uid = os.geteuid() if as_root or os.geteuid() != 0 else NOBODY
    ours = [str(int(ends_by)), str(uid), str(os.getpid())]
    return [sys.executable, "-I", "-S", __file__, *ours, *command]


def end_with_parent(by: int) -> None:
    """Has the kernel send this process a signal when its parent dies, however it dies."""
    _libc.prctl(_PR_SET_PDEATHSIG, by, 0, 0, 0)


def become(uid: int) -> None:
    """Takes another uid, and keeps CAP_DAC_OVERRIDE as the only capability."""
    # Keeps the capability over the change of uid, and has access(2) count it, which initdb asks.
    _libc.prctl(_PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP, 0, 0, 0)
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    bit = 1 << _CAP_DAC_OVERRIDE
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    sets = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)  # effective, permitted, inheritable
    if _libc.capset(header, sets) == 0:
        _libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, _CAP_DAC_OVERRIDE, 0, 0)


def main(ends_by: str, uid: str, parent: str, *command: str) -> None:
    if int(uid) != os.geteuid():
        become(int(uid))
    end_with_parent(int(ends_by))  # after the uid, whose change clears it
    if os.getppid() != int(parent):
        sys.exit("the one who started this has ended already")
    try:
        os.execvp(command[0], command)  # noqa: S606  # no shell is the point
    except OSError as error:
        sys.exit(f"{command[0]}: {error.strerror}")


if __name__ == "__main__":
    main(*sys.argv[1:])
