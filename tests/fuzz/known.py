"""Values by the name of their field, some of them of things that exist: without them, what
is made up would hardly get past `NOT_FOUND`.
"""

import uuid
from collections.abc import Mapping, Sequence

from tests.fuzz.identities import STAFF, USER, Identities
from tests.mesh_under_test import PASSWORD, Market, Person

ANY_ID = "0190a3c4-0000-7000-8000-000000000000"
SKU = "MUG-BLUE"


def known(market: Market, identities: Identities) -> Mapping[str, Sequence[str]]:
    """Places an order first, so that there is one with its payment."""
    user, staff = identities.person(USER), identities.person(STAFF)
    order_id, payment_id = _ordered(market, user)
    sessions = market.get("/api/auth/sessions/", user).json()["sessions"]
    users = ["me", user.id, ANY_ID, "", "ME", str(uuid.uuid4())]
    return {
        "user_id": users,
        "user_ids": users,
        "id": [*users, order_id],
        "order_id": [order_id, order_id, ANY_ID, "none"],
        "payment_id": [payment_id, payment_id, ANY_ID, "none"],
        "session_id": [*(session["id"] for session in sessions), ANY_ID],
        "sku": [SKU, "NO-SUCH", "NEW-1", "new 1"],
        "username": [user.username, "grace", "", "a b", "Ada", "x" * 200],
        "email": [user.email, "grace@example.org", "no address", "é@example.org"],
        "password": [PASSWORD, "short", ""],
        "new_password": ["another battery, another staple", "short"],
        "currency_code": ["EUR", "USD", "eur", "XXX", ""],
        "payment_method": ["pm_ok", "pm_declined", "pm_unknown", ""],
        "request_id": ["", "", ANY_ID, str(uuid.uuid4()), "again"],
        "etag": ["", "1", "2", "x"],
        "paths": ["full_name", "email", "title", "price", "price.units", "*", "nope"],
        "page_token": ["", "AAAA", "x"],
        "refresh_token": [user.refresh_token, staff.token, "x"],
        "state": ["PENDING", "x"],
    }


def _ordered(market: Market, user: Person) -> tuple[str, str]:
    placed = market.place_order(user, SKU).json()
    order = market.order_at_rest(user, placed["id"])
    return order["id"], order.get("payment_id", ANY_ID)
