"""Measures what MESH_TLS=on costs: `make bench NAME="tls [ROUNDS]"`.

Two whole meshes, with and without it, take turns at reading a product; the median over the
rounds is what counts.
"""

import asyncio
import statistics
import sys
from contextlib import ExitStack

from tests.bench.edge import load
from tests.bench.telemetry import GET, WARM_UP, measured, mesh


async def main(rounds: int) -> None:
    with ExitStack() as stack:
        off = stack.enter_context(mesh({}))
        on = stack.enter_context(mesh({"MESH_TLS": "on"}))
        for port, _ in (off, on):
            await load(port, WARM_UP, GET)
        pairs = [(await measured(*off), await measured(*on)) for _ in range(rounds)]
    for place, name in enumerate(("requests/s", "µs of the edge's CPU each")):
        ratio = statistics.median(pair[1][place] / pair[0][place] for pair in pairs)
        print(f"{name}: on/off {ratio:.3f}")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 15))
