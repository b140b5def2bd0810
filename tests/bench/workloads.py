"""What is asked of every system, for distinct rows and by many callers."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from mesh.core.ids import uuid7
from mesh.testing.keys import TestKeys
from tests.bench import rows
from tests.bench.load import Question

PAGE, LINES = 20, 2
SIGNED_ANEW_S = 120.0  # well before a token expires
# Of a shop's requests, in percent; most visitors look.
SHOP = {"get_product": 60, "get_user": 10, "get_order": 12, "list_orders": 10, "post_order": 8}


class Tokens:
    """Access tokens of all callers, signed by a key that the user service publishes."""

    def __init__(self) -> None:
        self.keys = TestKeys()
        self._tokens: list[str] = []
        self._signed = float("-inf")

    def refresh(self) -> None:
        if time.monotonic() - self._signed > SIGNED_ANEW_S:
            now = time.time()
            self._tokens = [
                self.keys.token(rows.user_id(number), now=now) for number in range(rows.USERS)
            ]
            self._signed = time.monotonic()

    def of(self, user: int) -> str:
        return self._tokens[user]


@dataclass
class Asker:
    """Makes the requests of one round by so many callers, the same ones under the same seed.

    A transcoder takes the paths of the contract, which end without a slash, and the key of a
    request in its body.
    """

    tokens: Tokens
    seed: str
    transcoder: bool = False
    callers: int = rows.USERS
    products: int = rows.PRODUCTS
    _dice: Random = field(init=False)

    def __post_init__(self) -> None:
        self._dice = Random(self.seed)  # noqa: S311  # load guards nothing
        self.tokens.refresh()

    def get_product(self) -> Question:
        """As the contract has it: the edge may answer by what it kept for a second."""
        return self._product(b"")

    def get_product_fresh(self) -> Question:
        """What no edge may answer by itself, as the peers, which keep nothing, never do."""
        return self._product(b"Cache-Control: no-cache\r\n")

    def _product(self, fields: bytes) -> Question:
        sku = rows.sku(self._dice.randrange(self.products))
        head = self._head("GET", f"/api/products/{sku}") + fields
        return Question(head + b"\r\n", sku.encode())

    def get_user(self) -> Question:
        user = self._dice.randrange(self.callers)
        user_id = rows.user_id(user)
        return Question(
            self._head("GET", f"/api/users/{user_id}", user) + b"\r\n", user_id.encode()
        )

    def get_order(self) -> Question:
        user = self._dice.randrange(self.callers)
        order_id = rows.order_id(user + rows.USERS * self._dice.randrange(rows.ORDERS_OF_USER))
        head = self._head("GET", f"/api/orders/{order_id}", user)
        return Question(head + b"\r\n", order_id.encode())

    def list_orders(self) -> Question:
        user = self._dice.randrange(self.callers)
        head = self._head("GET", "/api/orders", user, f"?page_size={PAGE}")
        return Question(head + b"\r\n", rows.user_id(user).encode())

    def post_order(self) -> Question:
        user, key = self._dice.randrange(self.callers), str(uuid7())
        skus = [rows.sku(n) for n in self._dice.sample(range(rows.PRODUCTS), LINES)]
        order = {
            "items": [{"sku": sku, "quantity": self._dice.randint(1, 3)} for sku in skus],
            "payment_method": "pm_ok",
        }
        body = json.dumps(order | ({"request_id": key} if self.transcoder else {})).encode()
        head = (
            self._head("POST", "/api/orders", user)
            + (
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
                + ("" if self.transcoder else f"Idempotency-Key: {key}\r\n")
            ).encode()
        )
        return Question(head + b"\r\n" + body, rows.user_id(user).encode())

    def shop(self) -> Question:
        (name,) = self._dice.choices(list(SHOP), list(SHOP.values()))
        return self.question(name)()

    def question(self, workload: str) -> Callable[[], Question]:
        ask: Callable[[], Question] = getattr(self, workload)
        return ask

    def _head(self, verb: str, path: str, user: int | None = None, query: str = "") -> bytes:
        path = path if self.transcoder else f"{path}/"
        head = f"{verb} {path}{query} HTTP/1.1\r\nHost: market\r\nAccept: application/json\r\n"
        if user is not None:
            head += f"Authorization: Bearer {self.tokens.of(user)}\r\n"
        return head.encode()


# All of one request each.
SINGLE = ("get_product", "get_product_fresh", "get_user", "get_order", "list_orders", "post_order")
WORKLOADS = (*SINGLE, "shop")
