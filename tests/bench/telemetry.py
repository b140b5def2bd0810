"""Measures what spans cost: `make bench NAME="telemetry [ROUNDS] [RATIO]"`.

Two whole meshes, one that sends spans to a receiver in this process, one with telemetry off,
take turns at reading a product. RATIO is how many of the requests are traced, by default 1: all
of them, as without a sampler. The median over the rounds is what counts: the machine's mood
changes from one to the next.
"""

import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from tests.bench.edge import REQUEST, cpu_of, load
from tests.support.local_mesh import LocalMesh

REQUESTS = 1_600
WARM_UP = 2_000
GET = REQUEST.replace(b"TEA-1", b"MUG-BLUE")


async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Receives OTLP/HTTP as cheaply as can be: spans are read and thrown away."""
    with suppress(asyncio.IncompleteReadError, asyncio.CancelledError):
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            await reader.readexactly(int(head.partition(b"content-length: ")[2].split()[0]))
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    writer.close()


@contextmanager
def mesh(environment: dict[str, str]) -> Iterator[tuple[int, int]]:
    """Runs a mesh; yields the edge's port and pid."""
    with tempfile.TemporaryDirectory(prefix="market-") as folder:
        local = LocalMesh(Path(folder), environment)
        try:
            local.start()
            ready = json.loads(Path(folder, "ready.json").read_text())
            yield ready["ports"]["EDGE_PORT"], int(Path(folder, "run/edge.pid").read_text())
        finally:
            local.stop()


async def measured(port: int, pid: int) -> tuple[float, float]:
    """Returns the requests a second, and the edge's CPU time for each in µs."""
    cpu_s, started = cpu_of(pid), time.perf_counter()
    await load(port, REQUESTS, GET)
    took_s = time.perf_counter() - started
    return REQUESTS / took_s, (cpu_of(pid) - cpu_s) / REQUESTS * 1e6


async def main(rounds: int, ratio: str) -> None:
    receiver = await asyncio.start_server(receive, "127.0.0.1", 0)
    endpoint = f"http://127.0.0.1:{receiver.sockets[0].getsockname()[1]}"
    with ExitStack() as stack:
        off = stack.enter_context(mesh({}))
        sampler = {
            "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
            "OTEL_TRACES_SAMPLER_ARG": ratio,
        }
        on = stack.enter_context(mesh({"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, **sampler}))
        for port, _ in (off, on):
            await load(port, WARM_UP, GET)
        pairs = [(await measured(*off), await measured(*on)) for _ in range(rounds)]
    print(f"{float(ratio):.0%} of the requests traced")
    for place, name in enumerate(("requests/s", "µs of the edge's CPU each")):
        without = statistics.median(pair[0][place] for pair in pairs)
        with_ = statistics.median(pair[1][place] for pair in pairs)
        times = statistics.median(pair[1][place] / pair[0][place] for pair in pairs)
        print(f"{name}: {without:.0f} off, {with_:.0f} on; on/off {times:.3f}")


if __name__ == "__main__":
    rounds, ratio = (*sys.argv[1:], *("15", "1")[len(sys.argv) - 1 :])
    asyncio.run(main(int(rounds), ratio))
