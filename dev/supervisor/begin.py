"""Becomes a program that the guard knows, and not as root, which PostgreSQL refuses.

`begin.py PIPE SIGNAL UID COMMAND…` is what `launch` starts. It registers before the program
begins, and holds the guard's pipe open until then: nothing is missed, whenever the one who
launched it dies.

No system user is added for PostgreSQL. A checkout may lie where only root can look, such as
/root, or have been made under umask 077, so under its other uid the engine keeps one
capability, CAP_DAC_OVERRIDE: to read and run what only root may (CAP_DAC_READ_SEARCH
would not do: it does not run programs, and containers do not have it). What it writes
belongs to its uid. Source: capabilities(7), "ambient" and "securebits"; prctl(2). Where
there are no capabilities, root's checkout must be readable for all.
"""

import ctypes
import os
import sys

_PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP = 28, 1 << 2
_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE = 47, 2
_CAP_DAC_OVERRIDE = 1
_CAPABILITY_VERSION_3 = 0x20080522
_HAS_CAPABILITIES = sys.platform == "linux"

_libc = ctypes.CDLL(None)


def become(uid: int) -> None:
    """Takes another uid; where there are capabilities, CAP_DAC_OVERRIDE is the only one kept."""
    if _HAS_CAPABILITIES:
        # Keeps it over the change of uid, and has access(2) count it, which initdb asks.
        _libc.prctl(_PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP, 0, 0, 0)
    os.setgroups([])
    os.setgid(uid)  # of root, real, effective and saved
    os.setuid(uid)
    if _HAS_CAPABILITIES:
        _keep_one_capability()


def _keep_one_capability() -> None:
    bit = 1 << _CAP_DAC_OVERRIDE
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    sets = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)  # effective, permitted, inheritable
    if _libc.capset(header, sets) == 0:
        _libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, _CAP_DAC_OVERRIDE, 0, 0)


def main(pipe: str, ends_by: str, uid: str, *command: str) -> None:
    if int(uid) != os.geteuid():
        become(int(uid))
    os.write(int(pipe), f"{os.getpid()} {ends_by}\n".encode())
    os.close(int(pipe))
    try:
        os.execvp(command[0], command)  # noqa: S606  # no shell is the point
    except OSError as error:
        sys.exit(f"{command[0]}: {error.strerror}")


if __name__ == "__main__":
    main(*sys.argv[1:])
