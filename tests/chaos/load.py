"""The load: buyers who order, cancel, are refunded and served while things break."""

import random
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from typing import Any, Self

from tests.chaos.client import Client
from tests.chaos.history import History
from tests.support.mesh_under_test import STAFF

BUYERS = 3
PAUSE_S = (0.02, 0.25)
SETTLES_WITHIN_S = 60.0
# How often each is chosen. The provider answers at once to the first three; the others are
# failures of its own.
ANSWERED = {"pm_ok": 60, "pm_declined": 10, "pm_insufficient_funds": 5}
METHODS = {**ANSWERED, "pm_timeout": 8, "pm_flaky": 4}
ANOTHER_TIME = 0.3
IN_WHOLE = 0.3
# How often a buyer does one of these rather than order.
CANCELS, REFUNDS, FULFILS, ALL_AT_ONCE, REGISTERS = 0.12, 0.12, 0.06, 0.06, 0.03
ONE_EURO = {"amount": {"currency_code": "EUR", "units": "1"}}

_Orders = list[dict[str, Any]]
_Act = Callable[[Client, _Orders], None]


class Load:
    """Buyers who are registered as the context begins, and buy from `start` to `stop`."""

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

    def __exit__(self, *_: object) -> None:
        self.stop()
        for client in [self._staff, *self.clients]:
            client.close()

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Begins nothing new; repeats what is unknown until it is known or the time is up."""
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
        orders: _Orders = []
        while not client.stopping.wait(client.random.uniform(*PAUSE_S)):
            self._choose(client, bool(orders))(client, orders)

    def _choose(self, client: Client, has_orders: bool) -> _Act:
        acts: dict[_Act, float] = {
            self._register: REGISTERS,
            self._cancel: CANCELS,
            self._refund: REFUNDS,
            self._fulfill: FULFILS,
            self._all_at_once: ALL_AT_ONCE,
        }
        others = 1 - sum(acts.values())
        chosen = client.random.choices([*acts, self._order], [*acts.values(), others])[0]
        return chosen if has_orders or chosen == self._register else self._order

    def _register(self, client: Client, _: _Orders) -> None:
        with closing(Client(client.edge, client.history, client.random)) as another:
            another.give_up_at = time.monotonic() + SETTLES_WITHIN_S
            another.register()

    def _order(self, client: Client, orders: _Orders) -> None:
        method = client.random.choices(list(self._methods), list(self._methods.values()))[0]
        if order := client.order(self._sku, client.random.randint(1, 3), method):
            orders.append(order)

    def _cancel(self, client: Client, orders: _Orders) -> None:
        """Now and then twice, as somebody does whose first click seemed to do nothing."""
        order = orders.pop(client.random.randrange(len(orders)))
        for _ in range(2 if client.random.random() < ANOTHER_TIME else 1):
            _ask_to(client, "cancel", order)

    def _fulfill(self, client: Client, orders: _Orders) -> None:
        """Has staff fulfil an order; refused where the order is not paid."""
        _ask_to(self._staff, "fulfill", client.random.choice(orders))

    def _refund(self, client: Client, orders: _Orders) -> None:
        """Has staff refund an order that is paid by now; some in parts, all asked for at once."""
        if payment_id := self._payment_of(client, client.random.choice(orders)):
            times = 3 if client.random.random() < ANOTHER_TIME else 1
            _at_once([self._paying_back(client, payment_id) for _ in range(times)])

    def _all_at_once(self, client: Client, orders: _Orders) -> None:
        """A cancel, a handing over and two refunds of one order, one of them asked for twice."""
        order = orders.pop(client.random.randrange(len(orders)))
        if payment_id := self._payment_of(client, order):
            again = self._paying_back(client, payment_id)
            asked = [again, again, self._paying_back(client, payment_id)]
            asked.append(partial(_ask_to, self._staff, "fulfill", order))
            if client.random.random() < ANOTHER_TIME:
                asked.append(partial(_ask_to, client, "cancel", order))
            _at_once(asked)

    def _payment_of(self, client: Client, order: dict[str, Any]) -> str:
        read = client.ask("get", "GET", "/api/orders/{order_id}", order_id=order["id"])
        return str(read["payment_id"]) if read else ""

    def _paying_back(self, client: Client, payment_id: str) -> Callable[[], object]:
        """A refund to ask for, of a part or of all that is left; twice, it is the same one."""
        body = {} if client.random.random() < IN_WHOLE else ONE_EURO
        key = str(uuid.UUID(int=client.random.getrandbits(128), version=4))
        path = "/api/payments/{payment_id}/refund"
        return partial(
            self._staff.ask, "refund", "POST", path, body, key=key, payment_id=payment_id
        )


def _ask_to(client: Client, act: str, order: dict[str, Any]) -> None:
    client.ask(act, "POST", f"/api/orders/{{order_id}}/{act}", {}, order_id=order["id"])


def _at_once(calls: Sequence[Callable[[], object]]) -> None:
    with ThreadPoolExecutor(len(calls)) as threads:
        for call in [threads.submit(call) for call in calls]:
            call.result()
