"""Measures what open subscriptions cost other requests: `make bench NAME="watchers [N]"`.

Against a running `make up`. N clients (1000) watch orders through the edge, ten each, as
no person may hold many streams open; orders are placed one at a time, without them and beside
them; then those that are watched are handed over, which ends the streams.
"""

import asyncio
import statistics
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

from dev.config import ROOT
from dev.supervisor.control import Control
from tests.bench.story import SKU
from tests.support.mesh_under_test import Addresses, Market, Person

WATCHED_BY, MEASURED = 10, 30
PROCESSES = ("edge", "order")
OPEN_AT_ONCE = 50


def main(watchers: int) -> None:
    with Market(Addresses.from_environment()) as market:
        buyers, staff = [market.register() for _ in range(watchers // WATCHED_BY)], market.staff()
        watched = [(buyer, market.place_order(buyer, SKU).json()["id"]) for buyer in buyers]
        for buyer, order_id in watched:
            market.order_at_rest(buyer, order_id)
        alone, before = placing_ms(market, buyers[0]), resident_kb()
        asyncio.run(watch(market, staff, watched * WATCHED_BY))
    print(f"an order alone is answered in {alone:.1f} ms (median)")
    print(f"resident before anybody watched: {before}")


async def watch(market: Market, staff: Person, watched: list[tuple[Person, str]]) -> None:
    started, turns = time.perf_counter(), asyncio.Semaphore(OPEN_AT_ONCE)
    streams = await asyncio.gather(*(opened(market, *each, turns) for each in watched))
    print(f"{len(streams)} watchers were there after {time.perf_counter() - started:.1f} s")
    beside = await asyncio.to_thread(placing_ms, market, watched[0][0])
    print(f"an order beside them is answered in {beside:.1f} ms (median)")
    print(f"resident with them: {resident_kb()}")
    ending = [asyncio.create_task(reader.read()) for reader, _ in streams]
    for order_id in {order_id for _, order_id in watched}:
        await asyncio.to_thread(market.post, f"/api/orders/{order_id}/fulfill/", staff, json={})
    started = time.perf_counter()
    heard = sum(b"ORDER_STATE_FULFILLED" in rest for rest in await asyncio.gather(*ending))
    took_s = time.perf_counter() - started
    for _, writer in streams:
        writer.close()
    print(f"{heard} had heard of the end {took_s:.1f} s after the last order's")


async def opened(
    market: Market, person: Person, order_id: str, turns: asyncio.Semaphore
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Opens a stream; returns it once its first events have arrived."""
    edge = urlsplit(market.at.edge)
    async with turns:
        reader, writer = await asyncio.open_connection(edge.hostname, edge.port)
        head = f"GET /api/orders/{order_id}/events/ HTTP/1.1\r\nHost: edge\r\nConnection: close\r\n"
        writer.write(f"{head}Authorization: Bearer {person.token}\r\n\r\n".encode())
        await reader.readuntil(b"ORDER_STATE_CONFIRMED")
    return reader, writer


def placing_ms(market: Market, person: Person) -> float:
    took = []
    for _ in range(MEASURED):
        started = time.perf_counter()
        assert market.place_order(person, SKU).status_code == 201
        took.append((time.perf_counter() - started) * 1000)
    return statistics.median(took)


def resident_kb() -> dict[str, str]:
    pids = {name: Control(ROOT / "var").pid(name) for name in PROCESSES}
    status = {name: Path(f"/proc/{pid}/status").read_text() for name, pid in pids.items()}
    return {name: text.split("VmRSS:")[1].split("\n")[0].strip() for name, text in status.items()}


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000)
