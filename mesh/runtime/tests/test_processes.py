"""How long the serving processes of a program run."""

import os
import signal
import subprocess
import sys
from pathlib import Path

# Beside those that serve it has another child, which has ended, as the first process of a
# container gets orphans.
RUN = """
import os, signal, subprocess, sys
from mesh.runtime import processes

orphan = subprocess.Popen([sys.executable, "-c", ""])
os.waitid(os.P_PID, orphan.pid, os.WEXITED | os.WNOWAIT)
"""
ONE_FAILS = """
share = processes.forked([0, 7])
if not share:
    signal.pause()
sys.exit(share)
"""
ONE_DIES_TWICE = """
processes.RAN_WELL_S = 0.0
share = processes.forked(["first"])
with open(sys.argv[1], "a") as served:
    served.write(f"{share} {os.getppid()}\\n")
if len(open(sys.argv[1]).readlines()) < 3:
    os.kill(os.getpid(), signal.SIGKILL)
os.kill(os.getppid(), signal.SIGTERM)
signal.pause()
"""
SERVES_AND_CALLS = """
import socket
from concurrent.futures import ThreadPoolExecutor
from mesh.rpc import server

processes.forked(["alone"])
before = set(sys.modules)
socket.getaddrinfo("localhost", 1)
served = server.grpc.server(ThreadPoolExecutor())
port = served.add_insecure_port("127.0.0.1:0")
served.start()
with server.grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
    server.grpc.channel_ready_future(channel).result(30)
served.stop(0)
print(*sorted(set(sys.modules) - before), flush=True)
sys.exit(len(set(sys.modules) - before))
"""


def run(program: str, *arguments: str) -> int:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", RUN + program, *arguments]
    return subprocess.run(command, env=environment, check=False, timeout=60).returncode


def test_one_that_ends_as_soon_as_it_began_ends_all() -> None:
    assert run(ONE_FAILS) == 7


def test_each_loads_nothing_more_to_serve_and_to_call() -> None:
    assert run(SERVES_AND_CALLS) == 0


def test_one_that_dies_is_replaced_until_all_are_to_end(tmp_path: Path) -> None:
    served = tmp_path / "served"
    assert run(ONE_DIES_TWICE, str(served)) == 128 + signal.SIGTERM
    lines = served.read_text().splitlines()
    assert (len(lines), len(set(lines))) == (3, 1)  # for the same share, by the same parent
