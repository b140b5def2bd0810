"""What a mesh does with twice what it bears: `make bench NAME="overload [read | order] [anew]"`.

A local mesh of its own. Clients that each wait for their answer before they ask again (closed
loop) find how many it answers in time; then twice as many a second are sent, whatever becomes
of them (open loop), each timed from when it was due. Both several times in turn, as what else
a machine does changes, and the median of the ratios counts. Last come four fifths of the peak,
of which none is to be refused.

Connections are kept, as those of proxies and apps are. With `anew` each request opens one of
its own: then the kernel and the accepting of connections are measured as well, for which a
refusal costs as much as an answer.
"""

import json
import re
import statistics
import sys
import tempfile
import uuid
from collections.abc import Callable
from pathlib import Path

import httpx

from mesh.contract.model import market_contract
from tests.bench.load import Load, Question, Round, run
from tests.support.local_mesh import LocalMesh
from tests.support.mesh_under_test import Addresses, Market

SKU = "MUG-BLUE"
CLIENTS = 32
ROUNDS = 4
WARM_UP_S, CLOSED_S, OPEN_S = 5.0, 8.0, 10.0
TIMES, WELL_BELOW = 2.0, 0.8
LATE_S = 0.25
STOCK = 1_000_000

_SHED = re.compile(r"(http_server_shed_requests|rpc_server_shed_calls)_total")


async def measure(load: Load, within_s: float) -> None:
    await load.closed(CLIENTS, WARM_UP_S)
    ratios, peaks = [], []
    for _ in range(ROUNDS):
        closed = await load.closed(CLIENTS, CLOSED_S)
        peaks.append(peak := closed.good_rate(within_s))
        told("peak", closed, within_s)
        offered = await load.open(TIMES * peak, OPEN_S)
        ratios.append(offered.good_rate(within_s) / peak)
        told(f"{TIMES * peak:.0f}/s offered", offered, within_s)
    print(f"goodput at {TIMES:g} times the peak: {statistics.median(ratios):.0%} of it (median of")
    print(f"  {', '.join(f'{ratio:.0%}' for ratio in ratios)})")
    rate = WELL_BELOW * statistics.median(peaks)
    told(
        f"{rate:.0f}/s offered, {WELL_BELOW:g} of the peak", await load.open(rate, OPEN_S), within_s
    )


def told(what: str, found: Round, within_s: float) -> None:
    counts = ", ".join(f"{status}: {len(took)}" for status, took in sorted(found.took_s.items()))
    print(f"{what}: {found.good_rate(within_s):.0f}/s good in time; {counts}", end="")
    print(f"; broken: {dict(found.broken)}" if found.broken else "")
    for name, statuses in (("answers", (200, 201)), ("refusals", (429, 503))):
        if len(took_s := found.taken(*statuses)) > 1:
            print(f"  {name}: {spread(took_s)}")
    print(f"  the clients took {found.cpu_s / found.seconds:.0%} of a processor", end="")
    print(f", and sent {found.behind_s * 1000:.0f} ms behind time at most", flush=True)


def shed(mesh: LocalMesh, tier: str) -> int:
    """How many a tier says that it refused."""
    port = json.loads(mesh.ready.read_text())["ports"][f"{tier}_METRICS_PORT"]
    lines = httpx.get(f"http://127.0.0.1:{port}/metrics").text.splitlines()
    values = [line.split()[-1] for line in lines if _SHED.match(line)]
    return int(sum(map(float, values)))


def spread(took_s: list[float]) -> str:
    cuts = statistics.quantiles(took_s, n=100)
    return f"p50 {cuts[49]:.2f} s, p99 {cuts[98]:.2f} s, longest {max(took_s):.2f} s"


def reads(_: Market) -> Callable[[], Question]:
    head = f"GET /api/products/{SKU}/ HTTP/1.1\r\nHost: edge\r\nCache-Control: no-cache\r\n"
    question = Question(f"{head}\r\n".encode())
    return lambda: question


def orders(market: Market) -> Callable[[], Question]:
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
    return lambda: Question(
        b"%bIdempotency-Key: %b\r\n\r\n%b" % (head, uuid.uuid4().hex.encode(), body)
    )


WHAT = {
    "read": (reads, "/market.catalog.v1.CatalogService/GetProduct"),
    "order": (orders, "/market.order.v1.OrderService/CreateOrder"),
}


def main(what: str, *, anew: bool) -> None:
    question, rpc = WHAT[what]
    within_s = market_contract().methods[rpc].deadline_s + LATE_S
    with tempfile.TemporaryDirectory(prefix="overload-") as var:
        mesh = LocalMesh(Path(var))
        try:
            at: Addresses = mesh.start()
            with Market(at) as market:
                load = Load(at.edge, question(market), within_s, anew=anew)
            run(measure(load, within_s))
            edge, service = shed(mesh, "EDGE"), shed(mesh, "ORDER")
            print(f"refused by the edge: {edge}, by the service: {service}")
        finally:
            mesh.stop()


if __name__ == "__main__":
    named = [name for name in sys.argv[1:] if name != "anew"]
    main(named[0] if named else "read", anew="anew" in sys.argv)
