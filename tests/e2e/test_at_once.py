"""Several hundred requests that come in the same moment."""

import asyncio
import uuid

import httpx

from tests.e2e.test_saga import new_product
from tests.support.mesh_under_test import Market, Person

BUYERS, STOCK = 300, 1_000
WAITS_S = 60.0
COME_BACK = {429, 503, 504}


async def order_at_once(market: Market, person: Person, sku: str) -> list[httpx.Response]:
    body = {"items": [{"sku": sku, "quantity": 1}], "payment_method": "pm_ok"}
    everybody = httpx.Limits(max_connections=BUYERS)
    async with httpx.AsyncClient(
        base_url=market.at.edge, limits=everybody, timeout=WAITS_S
    ) as client:

        def order() -> "asyncio.Task[httpx.Response]":
            headers = person.headers | {"Idempotency-Key": str(uuid.uuid4())}
            return asyncio.create_task(client.post("/api/orders/", json=body, headers=headers))

        return list(await asyncio.gather(*(order() for _ in range(BUYERS))))


def test_hundreds_of_orders_at_once_are_placed_or_told_when_to_come_back(market: Market) -> None:
    sku, ada = new_product(market, STOCK), market.register()
    answers = asyncio.run(order_at_once(market, ada, sku))
    placed = {answer.json()["id"] for answer in answers if answer.status_code == 201}
    others = [answer for answer in answers if answer.status_code != 201]
    assert placed
    assert {answer.status_code for answer in others} <= COME_BACK
    assert all("retry-after" in answer.headers for answer in others)
    sold = STOCK - market.stock(sku)
    unknown = sum(answer.status_code == 504 for answer in others)
    assert len(placed) <= sold <= len(placed) + unknown
