"""What consumers rely on holds, and what breaks one of them names it."""

from typing import Any

import pytest

from mesh.contract.model import market_contract
from tests.contract.reliance import broken, entries

ORDER = {"rpc": "market.order.v1.OrderService.CreateOrder"}
SENT = {"items": [{"sku": "MUG", "quantity": 1}], "payment_method": "pm_ok"}


@pytest.mark.parametrize(("consumer", "entry"), list(entries()), ids=[who for who, _ in entries()])
def test_what_a_consumer_relies_on_holds(consumer: str, entry: dict[str, Any]) -> None:
    assert broken(consumer, entry, market_contract()) == []


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ({"rpc": "market.order.v1.OrderService.FetchOrder"}, "is gone"),
        (ORDER | {"sends": SENT, "rest": "PUT /api/orders"}, "is no route of it"),
        (ORDER | {"sends": SENT | {"colour": "red"}}, "can't send this any more"),
        (ORDER | {"sends": SENT | {"items": []}}, "items must contain at least 1 item"),
        (ORDER | {"sends": SENT, "reads": ["order.items.colour"]}, "has no order.items.colour"),
        (ORDER | {"sends": SENT, "errors": ["SOLD_OUT"]}, "never fails with SOLD_OUT"),
        (ORDER | {"sends": SENT, "fails": "SOLD_OUT"}, "never fails with SOLD_OUT"),
        (ORDER | {"sends": SENT, "within_ms": 9000}, "has 5000 ms at most"),
    ],
)
def test_a_break_names_whom_it_breaks(entry: dict[str, Any], told: str) -> None:
    (found,) = broken("storefront", entry, market_contract())
    assert found.startswith("storefront relies on market.order.v1.OrderService.")
    assert told in found
