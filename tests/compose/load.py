"""A load of people who read and order all the time, and record each wrong answer."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Self

import httpx

from tests.support.mesh_under_test import Market, Person

PEOPLE = 4
PAUSE_S = 0.01


class Load:
    """Requests by several people at once while the context lasts.

    `answers` counts them by what was asked and the status that came, or the error's name.
    """

    def __init__(self, market: Market, sku: str) -> None:
        self.answers: Counter[tuple[str, int | str]] = Counter()
        self._market = market
        self._sku = sku
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        people = [self._market.register(f"load{number}") for number in range(PEOPLE)]
        self._threads = [threading.Thread(target=self._act, args=(one,)) for one in people]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def failures(self) -> dict[tuple[str, int | str], int]:
        right = (200, 201)
        return {asked: count for asked, count in self.answers.items() if asked[1] not in right}

    def _act(self, person: Person) -> None:
        signed_in = time.monotonic()
        with Market(self._market.at) as market:
            while not self._stop.is_set():
                if time.monotonic() - signed_in > 120:  # its access token lasts five minutes
                    market.sign_in(person)
                    signed_in = time.monotonic()
                self._note("profile", lambda: market.get("/api/users/me/", person))
                self._note("product", lambda: market.get(f"/api/products/{self._sku}/"))
                self._note("order", lambda: market.place_order(person, self._sku))
                self._note("orders", lambda: market.get("/api/orders/?page_size=5", person))
                time.sleep(PAUSE_S)

    def _note(self, what: str, ask: Callable[[], httpx.Response]) -> None:
        try:
            self.answers[what, ask().status_code] += 1
        except httpx.HTTPError as error:
            self.answers[what, type(error).__name__] += 1
