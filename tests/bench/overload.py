"""What a mesh does with twice what it bears: `make bench NAME="overload [read | order]"`.

A local mesh of its own. First clients that each wait for their answer before they ask again
(closed loop) find how many it answers well and in time at the most. Then twice as many a second
are sent, whatever becomes of them (open loop), and each is timed from when it was due to be sent.
"""

import asyncio
import json
import re
import statistics
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import uvloop

from mesh.contract.model import market_contract
from tests.support.local_mesh import LocalMesh
from tests.support.mesh_under_test import Addresses, Market

SKU = "MUG-BLUE"
CLIENTS = (8, 16, 32, 64)
WARM_UP_S, CLOSED_S, OPEN_S = 3.0, 6.0, 20.0
TIMES = 2.0
GIVES_UP_S = 10.0
KEPT_S = 3.0
LATE_S = 0.25
STOCK = 1_000_000

_SHED = re.compile(r"(http_server_shed_requests|rpc_server_shed_calls)_total")
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter, float]


@dataclass
class Load:
    """Asks one edge for one thing, over connections that are kept. `took_s` is by status."""

    edge: str
    question: Callable[[], bytes]
    allowed_s: float
    took_s: dict[int, list[float]] = field(default_factory=dict)
    broken: Counter[str] = field(default_factory=Counter)
    behind_s: float = 0.0  # how late we were to send, at most
    _free: list[Connection] = field(default_factory=list)

    async def ask(self, due: float) -> None:
        self.behind_s = max(self.behind_s, time.perf_counter() - due)
        try:
            async with asyncio.timeout(GIVES_UP_S):
                status = await self._answered()
        except (OSError, EOFError, TimeoutError) as error:
            self.broken[type(error).__name__] += 1
        else:
            self.took_s.setdefault(status, []).append(time.perf_counter() - due)

    async def _answered(self) -> int:
        reader, writer, _ = connection = await self._connection()
        writer.write(self.question())
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].split()[0]))
        self._free.append((*connection[:2], time.perf_counter()))
        return int(head.split()[1])

    async def _connection(self) -> Connection:
        """The one that was used last; none that the edge may be about to close."""
        while self._free:
            reader, writer, used = self._free.pop()
            if time.perf_counter() - used < KEPT_S:
                return reader, writer, used
            writer.close()
        address = urlsplit(self.edge)
        return *await asyncio.open_connection(address.hostname, address.port), 0.0

    async def closed(self, clients: int, seconds: float) -> float:
        """So many clients for so long. Returns good answers a second."""
        self.took_s.clear()
        end = time.perf_counter() + seconds

        async def client() -> None:
            while (now := time.perf_counter()) < end:
                await self.ask(now)

        await asyncio.gather(*(client() for _ in range(clients)))
        return self.good() / seconds

    async def open(self, rate: float, seconds: float) -> float:
        """So many a second for so long. Returns good answers a second."""
        self.took_s.clear()
        started, asking = time.perf_counter(), set[asyncio.Task[None]]()
        for number in range(int(rate * seconds)):
            due = started + number / rate
            if (early_s := due - time.perf_counter()) > 0:
                await asyncio.sleep(early_s)
            task = asyncio.create_task(self.ask(due))
            asking.add(task)
            task.add_done_callback(asking.discard)
        sent_s = time.perf_counter() - started
        await asyncio.gather(*asking)
        return self.good() / sent_s

    def good(self) -> int:
        return sum(took_s <= self.allowed_s for took_s in self.taken(200, 201))

    def taken(self, *statuses: int) -> list[float]:
        return [took_s for status in statuses for took_s in self.took_s.get(status, [])]


async def measure(load: Load) -> None:
    await load.closed(CLIENTS[1], WARM_UP_S)
    peaks = {clients: await load.closed(clients, CLOSED_S) for clients in CLIENTS}
    peak = max(peaks.values())
    print("closed loop:", ", ".join(f"{n} clients {rate:.0f}/s" for n, rate in peaks.items()))
    load.broken.clear()
    load.behind_s = 0.0
    goodput = await load.open(TIMES * peak, OPEN_S)
    everything = [took_s for each in load.took_s.values() for took_s in each]
    shares = {status: len(each) / len(everything) for status, each in load.took_s.items()}
    late = sum(took_s > load.allowed_s + LATE_S for took_s in everything)
    print(f"offered {TIMES * peak:.0f}/s for {OPEN_S:.0f} s, {load.allowed_s:.0f} s allowed")
    print(f"goodput {goodput:.0f}/s, {goodput / peak:.0%} of the peak of {peak:.0f}/s")
    print("statuses:", ", ".join(f"{status} {share:.1%}" for status, share in shares.items()))
    for what, statuses in (("good answers", (200, 201)), ("refusals", (429, 503))):
        print(f"{what}: {spread(load.taken(*statuses))}")
    print(f"later than allowed by more than {LATE_S} s: {late}; broken: {dict(load.broken)}")
    print(f"sent {load.behind_s:.2f} s behind time at most")


def shed(mesh: LocalMesh, tier: str) -> int:
    """How many a tier says that it refused."""
    port = json.loads(mesh.ready.read_text())["ports"][f"{tier}_METRICS_PORT"]
    lines = httpx.get(f"http://127.0.0.1:{port}/metrics").text.splitlines()
    values = [line.split()[-1] for line in lines if _SHED.match(line)]
    return int(sum(map(float, values)))


def spread(took_s: list[float]) -> str:
    if len(took_s) < 2:
        return f"{len(took_s)}"
    cuts = statistics.quantiles(took_s, n=100)
    return f"p50 {cuts[49]:.2f} s, p99 {cuts[98]:.2f} s, longest {max(took_s):.2f} s"


def reads(_: Market) -> Callable[[], bytes]:
    request = f"GET /api/products/{SKU}/ HTTP/1.1\r\nHost: edge\r\n\r\n".encode()
    return lambda: request


def orders(market: Market) -> Callable[[], bytes]:
    product = market.get(f"/api/products/{SKU}/").json()
    stocked = {"stock": STOCK, "etag": product["etag"]}
    assert market.request("PATCH", f"/api/products/{SKU}/", market.staff(), json=stocked).is_success
    buyer = market.register()
    item = {"items": [{"sku": SKU, "quantity": 1}], "payment_method": "pm_ok"}
    body = json.dumps(item).encode()
    head = (
        "POST /api/orders/ HTTP/1.1\r\nHost: edge\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {buyer.token}\r\nContent-Length: {len(body)}\r\n"
    ).encode()
    return lambda: b"%bIdempotency-Key: %b\r\n\r\n%b" % (head, uuid.uuid4().hex.encode(), body)


WHAT = {
    "read": (reads, "/market.catalog.v1.CatalogService/GetProduct"),
    "order": (orders, "/market.order.v1.OrderService/CreateOrder"),
}


def main(what: str) -> None:
    question, rpc = WHAT[what]
    allowed_s = market_contract().methods[rpc].deadline_s
    with tempfile.TemporaryDirectory(prefix="overload-") as var:
        mesh = LocalMesh(Path(var))
        try:
            at: Addresses = mesh.start()
            with Market(at) as market:
                load = Load(at.edge, question(market), allowed_s)
            uvloop.run(measure(load))
            print(
                f"refused by the edge: {shed(mesh, 'EDGE')}, by the service: {shed(mesh, 'ORDER')}"
            )
        finally:
            mesh.stop()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "read")
