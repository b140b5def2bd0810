"""Log lines as they are written, ours and libraries'."""

import json
import logging
import os
import subprocess
import sys
from errno import ENOSPC
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import structlog

from mesh.context import Call, serving
from mesh.telemetry import logs

Lines = list[dict[str, Any]]


def lines(written: StringIO) -> Lines:
    return [json.loads(line) for line in written.getvalue().splitlines()]


def test_a_librarys_line_is_like_one_of_ours(written: StringIO) -> None:
    call = Call(method="step/note", request_id="asked-for-1", deadline=0)
    with serving(call):
        structlog.get_logger("ours").warning("went_wrong", step_id="7")
        logging.getLogger("theirs").warning("went %s", "wrong")
    ours, theirs = lines(written)
    times = [ours.pop("time"), theirs.pop("time")]
    shared = {
        "level": "warning",
        "service.name": "toy",
        "mesh.role": "worker",
        "request_id": "asked-for-1",
    }
    assert ours == {"event": "went_wrong", "logger": "ours", "step_id": "7", **shared}
    assert theirs == {"event": "went wrong", "logger": "theirs", **shared}
    assert times == sorted(times)


def test_an_exception_is_written_out_on_its_line(written: StringIO) -> None:
    try:
        _ = 1 // 0
    except ZeroDivisionError:
        structlog.get_logger("ours").exception("broke")
        logging.getLogger("theirs").exception("broke")
    for line in lines(written):
        assert line["level"] == "error"
        assert line["exception"].endswith("ZeroDivisionError: integer division or modulo by zero")


LOG = """
import logging, sys, structlog
from mesh.telemetry import logs
logs.configure("toy")
for number in range(3):
    structlog.get_logger("ours").warning("went_wrong")
    logging.getLogger("theirs").warning("went wrong", extra={"number": number})
open(sys.argv[1], "w").write("got here")
"""


@pytest.mark.parametrize("without", [">/dev/full 2>&1", ">&- 2>&-", ">&-", "| true"])
def test_a_process_goes_on_that_was_given_no_place_to_write_to(
    tmp_path: Path, without: str
) -> None:
    there = tmp_path / "there"
    command = ["sh", "-c", f'"$0" -c "$1" "$2" {without}', sys.executable, LOG, str(there)]
    subprocess.run(command, check=False, env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)})
    assert there.read_text() == "got here"


class FullDisk(StringIO):
    def write(self, _: str, /) -> int:
        raise OSError(ENOSPC, "no space left")


def test_a_line_that_cannot_be_written_fails_nothing(written: StringIO) -> None:
    logs.HANDLER.setStream(FullDisk())
    structlog.get_logger("ours").warning("lost")
    logs.HANDLER.setStream(written)
    structlog.get_logger("ours").warning("kept")
    assert [line["event"] for line in lines(written)] == ["kept"]


def test_below_its_level_nothing_is_written(written: StringIO) -> None:
    structlog.get_logger("ours").debug("detail")
    logging.getLogger("theirs").debug("detail")
    assert lines(written) == []


def test_what_is_no_plain_json_is_written_all_the_same(written: StringIO) -> None:
    structlog.get_logger("ours").warning("odd", big=2**70, of={1: Path("a")}, half="\ud800")
    (line,) = lines(written)
    assert (line["big"], line["half"]) == (2**70, "\ud800")
