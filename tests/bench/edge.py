"""Measures what a read costs the edge: `make bench NAME="edge [REQUESTS]"`.

One edge process before a stub that answers GetProduct at once, 16 keep-alive connections.
"""

import asyncio
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc

from dev.ports import free_port
from market.batch.v1 import batch_pb2, batch_pb2_grpc
from market.catalog.v1 import catalog_pb2, catalog_pb2_grpc
from tests.support.engines import ENVIRONMENT, SECRETS

CONNECTIONS = 16
WARM_UP = 2_000
READY_WITHIN_S = 15
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
REQUEST = (
    b"GET /api/products/TEA-1/ HTTP/1.1\r\nHost: edge\r\nAccept: application/json\r\n"
    b"Cache-Control: no-cache\r\n\r\n"
)


class Stub(catalog_pb2_grpc.CatalogServiceServicer):
    def __init__(self) -> None:
        self._answer = catalog_pb2.GetProductResponse()
        product = self._answer.product
        product.sku, product.title, product.stock, product.etag = "TEA-1", "Tea", 12, "3"
        product.price.currency_code, product.price.units = "EUR", 4
        product.create_time.GetCurrentTime()
        product.update_time.GetCurrentTime()

    def GetProduct(self, request: Any, context: Any) -> Any:
        return self._answer


class BatchStub(batch_pb2_grpc.BatchServiceServicer):
    """Answers each call of a batch likewise."""

    def __init__(self, stub: Stub) -> None:
        response = stub.GetProduct(None, None).SerializeToString()
        self._result = batch_pb2.CallResult(response=response)

    def Call(self, request: Any, context: Any) -> Any:
        return batch_pb2.CallResponse(results=[self._result] * len(request.calls), replica="stub")


def main(requests: int) -> None:
    server = grpc.server(ThreadPoolExecutor(4))
    stub = Stub()
    catalog_pb2_grpc.add_CatalogServiceServicer_to_server(stub, server)
    batch_pb2_grpc.add_BatchServiceServicer_to_server(BatchStub(stub), server)
    target, port = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}", free_port()
    server.start()
    secrets = {name: f"only for benchmarks, {name}, 0123456789" for name in SECRETS}
    own = {"ORDER_SERVICE_TARGET": target, "EDGE_BIND": f"127.0.0.1:{port}"}
    command = [sys.executable, "-m", "edge_api", "serve"]
    environment = {**os.environ, **ENVIRONMENT, **secrets, **own}
    edge = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        wait_until_live(port)
        asyncio.run(load(port, WARM_UP))
        cpu_s, started = cpu_of(edge.pid), time.perf_counter()
        asyncio.run(load(port, requests))
        rate = requests / (time.perf_counter() - started)
        cpu_us = (cpu_of(edge.pid) - cpu_s) / requests * 1e6
        print(f"{rate:.0f} requests/s, {cpu_us:.0f} µs of the edge's CPU each")
    finally:
        edge.terminate()
        edge.wait()
        server.stop(0).wait()


def wait_until_live(port: int) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/livez").close()
        except urllib.error.URLError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return


async def load(port: int, requests: int, request: bytes = REQUEST) -> None:
    each = requests // CONNECTIONS
    await asyncio.gather(*(ask(port, each, request) for _ in range(CONNECTIONS)))


async def ask(port: int, times: int, request: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(times):
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head.decode())
        await reader.readexactly(int(head.partition(b"content-length: ")[2].split()[0]))
    writer.close()


def cpu_of(pid: int) -> float:
    """Returns the user and system time of a process, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 8_000)
