"""An order watched from its placing to its end, as a browser would."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.mesh_under_test import Market, Person

MUG = "MUG-BLUE"


@pytest.fixture
def ada(market: Market) -> Person:
    return market.register()


def events(response: httpx.Response) -> Iterator[dict[str, Any]]:
    """Yields a stream's events as they arrive, each with the name that it was sent under."""
    name = ""
    for line in response.iter_lines():
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield {"event": name, **json.loads(line.removeprefix("data: "))}


def test_an_order_is_watched_until_it_is_handed_over(market: Market, ada: Person) -> None:
    order_id = market.place_order(ada, MUG).json()["id"]
    path = f"/api/orders/{order_id}/events/"
    with market.http.stream("GET", path, headers=ada.headers) as response:
        seen = events(response)
        first, second = next(seen), next(seen)
        assert first["event"] == "order_event"
        assert (first["seq"], first["state"]) == ("1", "ORDER_STATE_PENDING")
        assert second["state"] == "ORDER_STATE_CONFIRMED"
        handed_over = market.post(f"/api/orders/{order_id}/fulfill/", market.staff())
        assert handed_over.status_code == 200, handed_over.text
        assert [event["state"] for event in seen] == ["ORDER_STATE_FULFILLED"]
    again = market.get(path, ada, headers={"Last-Event-ID": "2"})
    assert [event["seq"] for event in events(again)] == ["3"]
    assert market.get(path, ada, headers={"Last-Event-ID": "3"}).status_code == 204


def test_another_s_order_can_not_be_watched(market: Market, ada: Person) -> None:
    order_id = market.place_order(ada, MUG).json()["id"]
    answer = market.get(f"/api/orders/{order_id}/events", market.register("bob"))
    assert (answer.status_code, answer.json()["code"]) == (404, "ORDER_NOT_FOUND")
