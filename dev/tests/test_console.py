"""What people see of the log on a terminal, off one, and of one request afterwards."""

import asyncio
import json
import os
import pty
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dev.config import ROOT
from dev.errors import READER_GONE
from dev.supervisor.child import Child
from dev.supervisor.console import SHOWN_A_SECOND, Console
from dev.supervisor.lines import readable

EVENT = {
    "kind": "send_mail",
    "attempts": 2,
    "event": "step_failed",
    "level": "warning",
    "logger": "outbox",
    "time": "2026-01-02T03:04:05.678901Z",
    "service.name": "order_service",
    "mesh.role": "worker",
    "trace_id": "t" * 32,
    "span_id": "s" * 16,
    "request_id": "ask-1",
    "error": "the mail server is away",
}
SAY = """
import json, sys
from pathlib import Path
from dev.supervisor.child import Child
from dev.supervisor.console import SHOWN_A_SECOND, Console
with Console(["edge"], Path(sys.argv[1])) as console:
    console.say("edge", sys.argv[2])
"""


def on_a_terminal(var: Path, line: str, environment: dict[str, str]) -> str:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", SAY, str(var), line]
    told = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    subprocess.run(command, check=True, cwd=ROOT, stdout=theirs, env=told | environment)
    os.close(theirs)
    with os.fdopen(ours, "rb") as terminal:
        return terminal.read1().decode()


def test_an_event_is_shown_by_time_level_and_name_with_its_ids_last() -> None:
    assert readable(json.dumps(EVENT), coloured=False) == (
        "03:04:05.678 WARNING step_failed kind=send_mail attempts=2"
        ' error="the mail server is away" request_id=ask-1 trace_id=' + "t" * 32
    )


def test_an_exception_is_shown_beneath_its_event() -> None:
    line = json.dumps(EVENT | {"exception": "Traceback:\n  here"})
    assert readable(line, coloured=False).endswith("t\nTraceback:\n  here")


@pytest.mark.parametrize(
    "line", ["", "{", "{}", "{not json}", "Traceback (most recent call last):"]
)
def test_what_is_no_event_is_shown_as_it_is(line: str) -> None:
    assert readable(line, coloured=True) == line


def test_a_value_can_not_move_the_cursor() -> None:
    assert "\x1b" not in readable(json.dumps(EVENT | {"kind": "\x1b[2J"}), coloured=False)


def test_a_terminal_is_shown_colours(tmp_path: Path) -> None:
    assert "\x1b[33mWARNING step_failed\x1b[0m" in on_a_terminal(tmp_path, json.dumps(EVENT), {})


def test_no_color_and_a_pipe_are_shown_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = on_a_terminal(tmp_path, json.dumps(EVENT), {"NO_COLOR": "1"})
    assert "\x1b" not in shown
    with Console(["edge"], tmp_path) as console:
        console.say("edge", json.dumps(EVENT))
    assert capsys.readouterr().out.strip() == shown.strip()


def test_files_keep_what_was_written_as_it_was_written(tmp_path: Path) -> None:
    with Console(["edge"], tmp_path) as console:
        console.say("edge", json.dumps(EVENT))
        console.say("edge", "100 % plain")
        console.say("redis", "ended")  # an engine has a log of its own
    assert (tmp_path / "edge.log").read_text() == f"{json.dumps(EVENT)}\n100 % plain\n"
    assert [file.name for file in tmp_path.iterdir()] == ["edge.log"]


def test_what_libraries_tell_while_all_is_well_is_in_the_file_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    calm = {"logger": "celery.worker", "level": "info", "event": "Connected"}
    with Console(["edge"], tmp_path) as console:
        console.say("edge", json.dumps(EVENT | calm))
        console.say("edge", json.dumps(EVENT | calm | {"level": "error", "event": "Lost"}))
    assert "Connected" in (tmp_path / "edge.log").read_text()
    shown = capsys.readouterr().out
    assert "Connected" not in shown
    assert "Lost" in shown


def test_requests_that_come_faster_than_anybody_reads_are_counted_and_what_is_wrong_is_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "monotonic", lambda: 7.0)
    well = [json.dumps(EVENT | {"level": "info", "event": f"e{n}"}) for n in range(500)]
    with Console(["edge"], tmp_path) as console:
        console.say("edge", *well)
        console.say("edge", json.dumps(EVENT))
        monkeypatch.setattr(time, "monotonic", lambda: 8.0)
        console.say("edge", well[0])
    shown = capsys.readouterr().out.splitlines()
    assert len(shown) == SHOWN_A_SECOND + 3
    assert "step_failed" in shown[-3]
    left_out = 500 - SHOWN_A_SECOND
    assert shown[-2] == f"marketmesh: {left_out} lines are in the files of var alone"
    assert "e0" in shown[-1]
    assert (tmp_path / "edge.log").read_text().splitlines() == [*well, json.dumps(EVENT), well[0]]


@pytest.mark.parametrize("size", [1, 70_000, 3_000_000])
def test_lines_of_any_length_and_an_end_without_one_reach_the_log(size: int) -> None:
    """Longer than a pipe holds, and than one read takes; the longest come in parts."""
    said: list[str] = []
    program = f"import sys; sys.stdout.write('é' * {size} + chr(10) + 'a' + chr(10) + 'last')"

    async def test() -> None:
        command = [sys.executable, "-X", "utf8", "-c", program]
        child = await Child.start(command, os.environ, ROOT)
        await asyncio.wait_for(child.copy(lambda *lines: said.extend(lines)), 60)
        await child.end(lambda: 0.0)
        child.close()

    asyncio.run(test())
    assert said[-2:] == ["a", "last"]
    assert "".join(said[:-2]).count("é") >= size - len(said)  # one is cut in two


def test_files_do_not_grow_for_ever(tmp_path: Path) -> None:
    with Console(["edge"], tmp_path, kept_bytes=100) as console:
        for _ in range(25):
            console.say("edge", "x" * 10)
    sizes = {file.name: file.stat().st_size for file in tmp_path.iterdir()}
    assert set(sizes) == {"edge.log", "edge.log.1"}
    assert all(size <= 100 for size in sizes.values())


def logs(var: Path, request: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "dev", "logs", "--var", str(var)]
    return subprocess.run(
        [*command, "--request", request], check=False, cwd=ROOT, capture_output=True, text=True
    )


def wrote(var: Path, name: str, ms: int, **fields: object) -> None:
    event = EVENT | {"time": f"2026-01-02T03:04:05.{ms:03}Z"} | fields
    event = {name: value for name, value in event.items() if value is not None}
    with (var / name).open("a") as log:
        log.write(json.dumps(event) + "\n")


RPC = {"event": "rpc", "level": "info", "kind": None, "attempts": None, "error": None}
# Its first twelve hexadecimal digits are the time: 2026-01-02T03:04:05.045Z.
STEP = "019b7ca9-8cb5-7763-8e7a-9b247068c5a1"


def test_a_request_is_shown_as_the_tree_of_what_it_caused(tmp_path: Path) -> None:
    step = {"event": "step_done", "level": "info", "error": None, "step_id": STEP}
    wrote(tmp_path, "order-worker.log", 400, duration_ms=100, kind="charge_order", **step)
    wrote(
        tmp_path, "payment.log", 390, rpc="/market.v1.Pay/Capture", outcome="DECLINED",
        duration_ms=80, caller="order_service", **{**RPC, "service.name": "payment_service"},
    )  # fmt: skip
    wrote(
        tmp_path, "edge.log.1", 60, method="POST", rpc="/market.v1.Orders/Create", status=201,
        duration_ms=50, **{**RPC, "event": "request", "service.name": "edge_api"},
    )  # fmt: skip
    wrote(
        tmp_path, "order.log", 55, rpc="/market.v1.Orders/Create", outcome="OK",
        duration_ms=40, caller="edge_api", **RPC,
    )  # fmt: skip
    wrote(tmp_path, "order.log", 50, request_id="another", trace_id="another")
    (tmp_path / "edge.log").write_text("Traceback ask-1\n")
    shown = logs(tmp_path, "ask-1").stdout
    lines = [line.split("|") for line in shown.splitlines() if "|" in line]
    assert [(name.strip(), line[13:71].rstrip()) for name, line in lines] == [
        ("edge", "POST Orders/Create → 201"),
        ("order", "  Orders/Create OK"),
        ("order-worker", "    charge_order done"),
        ("payment", "      Pay/Capture DECLINED"),
    ]
    assert [line.split(" ms")[0].split()[-1] for _, line in lines] == ["+0", "+5", "+290", "+300"]
    assert "the error came from payment: Pay/Capture DECLINED" in shown
    assert logs(tmp_path, "t" * 32).stdout == shown


def test_the_first_attempt_is_not_worth_a_word_and_any_other_is(tmp_path: Path) -> None:
    for ms, attempts in ((1, 1), (2, 12)):
        wrote(tmp_path, "order-worker.log", ms, event="step_failed", attempts=attempts)
    first, later = logs(tmp_path, "ask-1").stdout.splitlines()[:2]
    assert "attempts" not in first
    assert " attempts=12 " in later


def test_without_an_id_the_latest_requests_are_named(tmp_path: Path) -> None:
    wrote(tmp_path, "edge.log", 1, event="request", method="GET", rpc="/a.v1.B/C", status=200)
    said = logs(tmp_path, "")
    assert said.returncode == 1
    assert said.stderr.splitlines()[0].startswith("marketmesh: of which request? make logs")
    assert said.stderr.splitlines()[1] == "  REQUEST=ask-1  GET B/C → 200"


def test_an_id_that_nobody_wrote_down_is_said_in_one_line(tmp_path: Path) -> None:
    found = logs(tmp_path, "unheard-of")
    assert (found.returncode, found.stdout) == (1, "")
    assert found.stderr == f"marketmesh: no log in {tmp_path} has 'unheard-of'\n"


def test_a_reader_who_has_seen_enough_ends_the_listing_without_a_word(tmp_path: Path) -> None:
    (tmp_path / "edge.log").write_text((json.dumps(EVENT) + "\n") * 5_000)
    command = f"{sys.executable} -m dev logs --var {tmp_path} --request ask-1 | head -n 1"
    listed = subprocess.run(
        ["sh", "-c", command], check=True, cwd=ROOT, capture_output=True, text=True
    )
    assert listed.stdout.count("\n") == 1
    assert listed.stderr == ""


def test_a_reader_who_is_gone_before_the_first_line_is_no_error(tmp_path: Path) -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    command = [sys.executable, "-m", "dev", "doctor", "--var", str(tmp_path)]
    told = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    ended = subprocess.run(
        command, check=False, cwd=ROOT, env=told, stdout=theirs, stderr=subprocess.PIPE, text=True
    )
    os.close(theirs)
    assert (ended.returncode, ended.stderr) == (READER_GONE, "")


def test_a_line_of_any_shape_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nested = '{"event": ' + "[" * 100_000
    half = json.dumps(EVENT | {"kind": "\ud800 half a character"})
    with Console(["edge"], tmp_path) as console:
        for line in (nested, half, "\x00", ""):
            console.say("edge", line)
    shown = capsys.readouterr()
    assert shown.out.count("edge | ") == 3  # a line of nothing is not worth one
    assert "half a character" in shown.out
    assert shown.err == ""
