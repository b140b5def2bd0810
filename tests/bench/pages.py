"""Measures a page of orders in a shop of ten thousand orders, and in one of two hundred thousand.

`make bench NAME=pages`, with QUICK=1 in shops of a tenth; NAME="pages --orders 1000000" takes ten
minutes. A page costs the same in both: its place is found by an index, however much lies before and
behind it. Exits with 1 otherwise.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from dev.config import DATABASES
from dev.seed.fill import Shop, fill
from dev.supervisor.control import Control
from tests.support.local_mesh import LocalMesh
from tests.support.mesh_under_test import Market, Person

SIZES, QUICK = (10_000, 200_000), (1_000, 20_000)
USERS, PAGE, ASKS, WARM_UP = 500, 50, 100, 20
DEEP = 15  # pages before the one that lies deep
MOST = 1.5  # times as much is no longer the same
UNTIL = datetime(2026, 11, 29, tzinfo=UTC)


def main(sizes: tuple[int, int]) -> int:
    with tempfile.TemporaryDirectory(prefix="market-pages-") as folder:
        mesh = LocalMesh(Path(folder))
        try:
            with Market(mesh.start()) as market:
                told = Control(Path(folder)).environment()
                found = [
                    _filled(market, told, size, before) for before, size in ((0, sizes[0]), sizes)
                ]
        finally:
            mesh.stop()
    small, large = found
    print(f"{'median, ms':<28}{sizes[0]:>12,}{sizes[1]:>12,}{'ratio':>8}")
    for name, before_ms in small.items():
        print(f"{name:<28}{before_ms:>12.2f}{large[name]:>12.2f}{large[name] / before_ms:>8.2f}")
    return int(any(large[name] > MOST * before_ms for name, before_ms in small.items()))


def _filled(
    market: Market, environment: Mapping[str, str], size: int, before: int
) -> Mapping[str, float]:
    """Returns what each page takes, once there are so many orders."""
    urls = {name: environment[f"{name.upper()}_DATABASE_URL"] for name in DATABASES}
    shop = Shop(USERS, size - before, seed=int(before > 0), until=UNTIL)
    fill(urls, shop, currency="EUR")
    staff, everybody = market.staff(), f"/api/orders/?page_size={PAGE}"
    paths = {
        "everybody's, first page": everybody,
        f"everybody's, page {DEEP + 1}": _deep(market, staff, everybody),
        "everybody's, one state": f"{everybody}&state=ORDER_STATE_REFUNDED",
        "one user's, first page": f"/api/users/{shop.person(0).id}/orders/?page_size={PAGE}",
    }
    return {name: _median_ms(market, staff, path) for name, path in paths.items()}


def _deep(market: Market, staff: Person, first: str) -> str:
    path = first
    for _ in range(DEEP):
        token = market.get(path, staff).json()["next_page_token"]
        path = f"{first}&page_token={token}"
    return path


def _median_ms(market: Market, staff: Person, path: str) -> float:
    took = []
    for _ in range(WARM_UP + ASKS):
        started = time.perf_counter()
        answer = market.get(path, staff)
        took.append((time.perf_counter() - started) * 1000)
        assert 0 < len(answer.json()["orders"]) <= PAGE, answer.text
    return statistics.median(took[WARM_UP:])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.bench.pages", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="shops of a tenth")
    parser.add_argument("--orders", type=int, default=SIZES[1], help="in the larger shop")
    chosen = parser.parse_args()
    sys.exit(main(QUICK if chosen.quick else (SIZES[0], chosen.orders)))
