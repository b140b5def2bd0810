"""Products may be shown a second old; what they cost is decided when they are ordered."""

import time

from tests.e2e.test_saga import new_product
from tests.support.mesh_under_test import Market

OLD = {"currency_code": "EUR", "units": "5", "nanos": 0}
NEW = {"currency_code": "EUR", "units": "7", "nanos": 0}
MAX_AGE_S = 1.0
ANEW = {"Cache-Control": "no-cache"}


def test_a_new_price_shows_within_a_second_and_is_what_an_order_costs_at_once(
    market: Market,
) -> None:
    sku, ada, staff = new_product(market, stock=9), market.register(), market.staff()
    path = f"/api/products/{sku}/"
    assert market.get(path).json()["price"] == OLD
    assert market.request("PATCH", path, staff, json={"price": NEW}).status_code == 200
    changed = time.monotonic()
    assert market.place_order(ada, sku).json()["total"] == NEW
    assert market.get(path, headers=ANEW).json()["price"] == NEW
    asked, shown = changed, OLD
    while asked < changed + MAX_AGE_S:
        asked = time.monotonic()
        response = market.get(path)
        assert response.headers["cache-control"] == "public, max-age=1"
        shown = response.json()["price"]
        time.sleep(0.05)
    assert shown == NEW, "it was older than a second"
