"""Measures what spans cost a shop: `make bench NAME="telemetry [ROUNDS] [RATIO]"`.

Two whole meshes, one that sends spans to a receiver in this process, one with telemetry off, take
turns. RATIO is how many of the requests are traced, by default 1: all of them, as without a
sampler.
"""

import asyncio
import sys
from contextlib import suppress

from tests.bench.load import run
from tests.bench.shop import compare


async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Receives OTLP/HTTP as cheaply as can be: spans are read and thrown away."""
    with suppress(asyncio.IncompleteReadError, asyncio.CancelledError):
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            await reader.readexactly(int(head.partition(b"content-length: ")[2].split()[0]))
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    writer.close()


async def main(rounds: int, ratio: str) -> None:
    receiver = await asyncio.start_server(receive, "127.0.0.1", 0)
    port = receiver.sockets[0].getsockname()[1]
    tracing = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port}",
        "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
        "OTEL_TRACES_SAMPLER_ARG": ratio,
    }
    print(f"{float(ratio):.0%} of the requests traced")
    await compare(tracing, rounds)


if __name__ == "__main__":
    rounds, ratio = (*sys.argv[1:], *("15", "1")[len(sys.argv) - 1 :])
    run(main(int(rounds), ratio))
