"""Values by the name of their field, some of them of things that exist: without them, what
is made up would hardly get past `NOT_FOUND`.
"""

import uuid

from tests.fuzz.hostile import Known
from tests.fuzz.people import STAFF, USER, People
from tests.support.mesh_under_test import PASSWORD, Market, Person

ANY_ID = "0190a3c4-0000-7000-8000-000000000000"
SKU = "MUG-BLUE"
PROOF = "Reauthentication-Token"


def known(market: Market, people: People) -> Known:
    """Returns the values. Places an order first, so that there is one with its payment."""
    user, staff = people.person(USER), people.person(STAFF)
    order = ordered(market, user)
    sessions = market.get("/api/auth/sessions/", user).json()["sessions"]
    users = [*[user.id] * 4, "me", ANY_ID, str(uuid.uuid4()), ""]
    return {
        "user_id": users,
        "user_ids": users,
        "id": users,
        "order_id": [*[order["id"]] * 3, *_new_ids(3), ANY_ID, "none"],
        "payment_id": [*[order["payment_id"]] * 4, ANY_ID, "none"],
        "session_id": [*(session["id"] for session in sessions), ANY_ID],
        "sku": [SKU, SKU, SKU, "TEE-GREEN-M", *(f"NEW-{one}" for one in _new_ids(2)), "none"],
        "username": [user.username, *(f"u-{one[-12:]}" for one in _new_ids(4)), "a b"],
        "email": [user.email, *(f"{one}@example.org" for one in _new_ids(4)), "none"],
        "password": [*[PASSWORD] * 4, "short"],
        "old_password": [*[PASSWORD] * 3, "wrong"],
        "new_password": [*["another battery, another staple"] * 3, "short"],
        "totp_code": ["000000", "000000", "12345"],
        "recovery_code": ["AAAA-BBBB-CCCC-DDDD", "x"],
        "currency_code": [*["EUR"] * 6, "USD", "eur", ""],
        "units": [5, 5, 18, 100, 0, -1, 10**12, 2**62],
        "nanos": [*[0] * 6, 500_000_000, 1, -1],
        "quantity": [1, 1, 2, 3, 0, 1001],
        "stock": [0, 5, 100, 10**9, -1],
        "page_size": [0, 1, 2, 200, 201],
        "payment_method": [*["pm_ok"] * 4, "pm_declined", "pm_flaky", "pm_unknown", ""],
        "request_id": ["", ANY_ID, *_new_ids(6), "again"],
        "etag": [*[""] * 4, "1", "2"],
        "paths": ["full_name", "title", "price", "stock", "email", "price.units", "*", "nope"],
        "page_token": ["", "", "", "AAAA"],
        "reauthentication_token": [market.proof(one)[PROOF] for one in (user, user, staff)],
        "refresh_token": [user.refresh_token, staff.token, "x"],
        "title": ["Mug", "Mug", ""],
        "full_name": ["Grace", ""],
        "description": ["Blue.", ""],
    }


def _new_ids(count: int) -> list[str]:
    return [str(uuid.uuid4()) for _ in range(count)]


def ordered(market: Market, person: Person) -> dict[str, str]:
    """Returns an order at rest, with its payment."""
    placed = market.place_order(person, SKU)
    assert placed.status_code == 201, placed.text
    return market.order_at_rest(person, placed.json()["id"], within_s=30)
