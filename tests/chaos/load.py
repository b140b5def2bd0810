"""Buyers who go on ordering, cancelling and being refunded while things break."""

import random
import threading
import time
from collections.abc import Mapping
from contextlib import closing
from types import TracebackType
from typing import Any, Self

from tests.chaos.client import Client
from tests.chaos.history import History
from tests.mesh_under_test import STAFF

BUYERS = 3
PAUSE_S = (0.02, 0.25)
SETTLES_WITHIN_S = 60.0
# How often each is chosen. The provider answers at once to the first three; the others are
# failures of its own.
ANSWERED = {"pm_ok": 60, "pm_declined": 10, "pm_insufficient_funds": 5}
METHODS = {**ANSWERED, "pm_timeout": 8, "pm_flaky": 4}
ANOTHER_TIME = 0.3
CANCELS, REFUNDS, REGISTERS = 0.15, 0.15, 0.03


class Load:
    """Registered as the context begins, buying from `start` to `stop`."""

    def __init__(
        self, edge: str, sku: str, history: History, seed: str, methods: Mapping[str, int]
    ) -> None:
        self._sku, self._methods = sku, methods
        self.trouble: list[str] = []
        self.clients = [
            Client(edge, history, random.Random(f"{seed} {number}"))  # noqa: S311  # repeatable, no secret
            for number in range(BUYERS + 1)
        ]
        self._staff = self.clients.pop()
        self._staff.username, self._staff.password = STAFF
        self._threads = [
            threading.Thread(target=self._buy, args=(client,), name=f"buyer-{number}")
            for number, client in enumerate(self.clients)
        ]

    def __enter__(self) -> Self:
        if not all([self._staff.sign_in(), *(client.register() for client in self.clients)]):
            raise AssertionError("the buyers can't register on a mesh that nothing ails")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        for client in [self._staff, *self.clients]:
            client.close()

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Nothing new; what is unknown is asked until it is known or the time is up."""
        everybody = [self._staff, *self.clients]
        for client in everybody:
            client.give_up_at = min(client.give_up_at, time.monotonic() + SETTLES_WITHIN_S)
            client.stopping.set()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()

    def _buy(self, client: Client) -> None:
        try:
            self._buy_on(client)
        except Exception as error:  # noqa: BLE001  # told with the findings
            self.trouble.append(f"a buyer gave up: {type(error).__name__}: {error}")

    def _buy_on(self, client: Client) -> None:
        orders: list[dict[str, Any]] = []
        while not client.stopping.wait(client.random.uniform(*PAUSE_S)):
            dice = client.random.random()
            if dice < REGISTERS:
                self._register(client)
            elif dice < REGISTERS + CANCELS and orders:
                self._cancel(client, orders)
            elif dice < REGISTERS + CANCELS + REFUNDS and orders:
                self._refund(client, orders)
            else:
                self._order(client, orders)

    def _register(self, client: Client) -> None:
        with closing(Client(client.edge, client.history, client.random)) as another:
            another.give_up_at = time.monotonic() + SETTLES_WITHIN_S
            another.register()

    def _order(self, client: Client, orders: list[dict[str, Any]]) -> None:
        method = client.random.choices(list(self._methods), list(self._methods.values()))[0]
        if order := client.order(self._sku, client.random.randint(1, 3), method):
            orders.append(order)

    def _cancel(self, client: Client, orders: list[dict[str, Any]]) -> None:
        """Now and then twice, as somebody does whose first click seemed to do nothing."""
        order = orders.pop(client.random.randrange(len(orders)))
        for _ in range(2 if client.random.random() < ANOTHER_TIME else 1):
            client.ask("cancel", "POST", "/api/orders/{order_id}/cancel", {}, order_id=order["id"])

    def _refund(self, client: Client, orders: list[dict[str, Any]]) -> None:
        """By staff, of a part, where the order is paid by now."""
        chosen = client.random.choice(orders)
        order = client.ask("get", "GET", "/api/orders/{order_id}", order_id=chosen["id"])
        if order and order["payment_id"]:
            body = {"amount": {"currency_code": "EUR", "units": "1"}}
            path = "/api/payments/{payment_id}/refund"
            self._staff.ask("refund", "POST", path, body, payment_id=order["payment_id"])
