"""Log lines as they are written, ours and libraries'."""

import json
import logging
from errno import ENOSPC
from io import StringIO
from typing import Any

import structlog

from mesh import logs
from mesh.context import Call, serving

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
