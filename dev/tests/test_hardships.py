"""What the machine may refuse a run: it keeps its processes, or ends and reports why."""

import os
import resource
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dev.tests.supervised import ToyMesh
from tests.support.waiting import eventually

Start = Callable[..., ToyMesh]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    meshes: list[ToyMesh] = []

    def started(**options: object) -> ToyMesh:
        mesh = ToyMesh(tmp_path, **options)  # type: ignore[arg-type]  # handed on as they are
        meshes.append(mesh)
        mesh.wait_until_up()
        return mesh

    yield started
    for mesh in meshes:
        mesh.stop()


def limit(toy: ToyMesh, what: int, soft: int) -> Callable[[], None]:
    """Lowers a limit of the supervisor; returns what lifts it again."""
    before = resource.prlimit(toy.process.pid, what)
    resource.prlimit(toy.process.pid, what, (soft, before[1]))

    def lift() -> None:
        resource.prlimit(toy.process.pid, what, before)

    return lift


def kill_edge(toy: ToyMesh) -> int:
    killed = toy.edge()
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    return killed


def assert_it_is_started_again(toy: ToyMesh) -> None:
    killed = kill_edge(toy)
    eventually(lambda: toy.edge() not in (None, killed))


def assert_all_is_written_down(toy: ToyMesh) -> None:
    eventually(lambda: toy.edge() is not None and toy.control.pid("edge") == toy.edge())


def test_a_disk_that_takes_no_more_ends_no_keeping_and_all_is_written_once_it_does(
    start: Start,
) -> None:
    toy = start()
    lift = limit(toy, resource.RLIMIT_FSIZE, 0)
    for _ in range(3):
        assert_it_is_started_again(toy)
    assert toy.control.pid("edge") != toy.edge()

    lift()
    assert_all_is_written_down(toy)
    kept = toy.var / "edge.log"
    lines = kept.read_text().count("serving\n")
    assert_it_is_started_again(toy)
    eventually(lambda: kept.read_text().count("serving\n") > lines)
    assert "can write down the pid of edge again" in toy.log()
    assert "can write the log of edge again" in toy.log()


def test_a_pid_that_cannot_be_written_is_said_once_and_written_later(start: Start) -> None:
    toy = start()
    toy.control.hold("edge")
    there = toy.var / "run" / "edge.pid"
    there.mkdir()
    (toy.var / "run" / "edge.hold").unlink()
    eventually(lambda: toy.edge() is not None)
    assert_it_is_started_again(toy)
    assert toy.log().count("can't write down the pid of edge: Is a directory") == 1

    there.rmdir()
    assert_all_is_written_down(toy)


def test_a_folder_of_the_run_that_is_gone_is_made_again(start: Start) -> None:
    toy = start()
    (toy.var / "run").rename(toy.var / "gone")
    assert_all_is_written_down(toy)


def test_a_log_on_a_full_disk_costs_its_lines_and_is_said_once(
    start: Start, tmp_path: Path
) -> None:
    (tmp_path / "edge.log").symlink_to("/dev/full")
    toy = start()
    assert_it_is_started_again(toy)
    eventually(lambda: toy.log().count("edge     | serving") == 2)
    said = "marketmesh: can't write the log of edge: No space left on device; going on without"
    assert toy.log().count(said) == 1


def test_an_output_on_a_full_disk_is_said_once_as_an_error(start: Start) -> None:
    with Path("/dev/full").open("wb") as full:
        toy = start(output=full)
    assert_it_is_started_again(toy)
    eventually(lambda: (toy.var / "edge.log").read_text().count("serving\n") == 2)
    assert toy.stop() == 0
    said = "marketmesh: can't write to standard output: No space left on device; going on without\n"
    assert toy.log() == said


def test_a_reader_that_has_stopped_stops_nothing(start: Start) -> None:
    toy = start(output=subprocess.PIPE)
    program = toy.var / "missing"
    program.write_text(f"#!/bin/sh\nyes {'x' * 500} | head -n 2000\n")
    program.chmod(0o700)
    eventually(lambda: "can't write to standard output: nobody reads it; going on" in toy.log())
    assert_it_is_started_again(toy)
    assert_it_is_started_again(toy)
    assert toy.log().count("can't write") == 1

    assert toy.process.stdout is not None
    with toy.process.stdout as reader:
        program.unlink()
        eventually(
            lambda: (
                bool(os.read(reader.fileno(), 65_536))
                and "can write to standard output again" in toy.log()
            )
        )


def test_a_reader_that_is_gone_ends_nothing_and_leaves_the_end_clean(start: Start) -> None:
    toy = start(output=subprocess.PIPE)
    assert toy.process.stdout is not None
    toy.process.stdout.close()
    assert_it_is_started_again(toy)
    assert_it_is_started_again(toy)
    assert toy.stop() == 0
    said = "marketmesh: nobody reads standard output any more; going on without\n"
    assert toy.log() == said


def test_a_process_that_cannot_be_started_is_once_it_can(start: Start) -> None:
    toy = start()
    lift = limit(toy, resource.RLIMIT_NOFILE, 1)
    kill_edge(toy)
    eventually(lambda: "can't be started: Too many open files; starts again" in toy.log())
    assert toy.edge() is None

    lift()
    assert_all_is_written_down(toy)


def test_a_program_that_is_missing_is_run_once_it_is_there(start: Start) -> None:
    toy = start()
    eventually(lambda: "missing  | ./missing: No such file or directory" in toy.log())
    program = toy.var / "missing"
    program.write_text("#!/bin/sh\necho found\n")
    program.chmod(0o700)
    eventually(lambda: "missing  | found" in toy.log())


def test_what_breaks_the_keeping_itself_ends_all_and_says_so_in_one_line(tmp_path: Path) -> None:
    toy = ToyMesh(tmp_path, "broken")
    assert toy.process.wait(60) == 1
    (said,) = [line for line in toy.log().splitlines() if line.startswith("marketmesh:")]
    assert said.startswith(
        "marketmesh: 'keep broken' broke, so all was stopped: ValueError: embedded null byte ("
    )
    assert "Traceback" not in toy.log()
    assert list((tmp_path / "run").glob("*.pid")) == []
