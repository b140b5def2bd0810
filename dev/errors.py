import sys
from collections.abc import Callable
from errno import EDQUOT, EFBIG, ENOSPC
from pathlib import Path

from dev.supervisor.output import write_nowhere

NO_ROOM = (ENOSPC, EDQUOT, EFBIG)  # the system does not say for which file
INTERRUPTED, READER_GONE = 130, 141  # as a shell says of who ended by SIGINT, SIGPIPE


class CannotRun(Exception):
    """Something that the local run needs is not to be had; the text is one line."""


def exit_code(command: Callable[[], int | None], var: Path) -> int:
    """Runs a command on the state in `var`; says in one line what kept it from its end."""
    try:
        code = command() or 0
        sys.stdout.flush()
    except CannotRun as error:
        return _refused(str(error))
    except BrokenPipeError:  # as of `make status | head -1`
        write_nowhere()
        return READER_GONE
    except OSError as error:
        if error.filename is None and error.errno not in NO_ROOM:
            raise
        return _refused(f"{error.filename or var}: {error.strerror}")
    except KeyboardInterrupt:
        _refused("interrupted; what was started ends too")
        return INTERRUPTED
    return code


def _refused(why: str) -> int:
    print(f"marketmesh: {why}", file=sys.stderr)
    return 1
