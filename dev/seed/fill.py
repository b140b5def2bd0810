"""Copies a seeded shop into the databases: all of it, or nothing."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from random import Random
from typing import TypeVar

import psycopg
from argon2 import PasswordHasher
from psycopg import sql
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from dev.seed import goods, orders, people
from dev.seed.rows import ORDER_TABLES, PAYMENT_TABLES, USER_TABLES, Rows, user_line

T = TypeVar("T")

CHUNK = 5_000
ORDERS_A_PRODUCT, MOST_PRODUCTS, LEAST_PRODUCTS = 100, 2_000, 24
_PRODUCT = """
    INSERT INTO catalog_product (sku, title, description, price_minor, currency, stock, supplied,
        version, create_time, update_time) VALUES (%s, %s, '', %s, %s, %s, %s, 1, %s, %s)
"""
_SUPPLY = "UPDATE catalog_product SET supplied = supplied + %s WHERE sku = %s"
_GONE = {"CANCELLED", "REFUNDED"}  # whose goods are the shop's again


@dataclass(frozen=True)
class Shop:
    """How large a shop is; two with the same numbers and day are the same."""

    users: int
    orders: int
    seed: int
    until: datetime

    @property
    def opened(self) -> datetime:
        return self.until - timedelta(days=orders.DAYS)

    def person(self, number: int) -> people.Person:
        return people.person(number, self.seed, self.opened)


def fill(urls: Mapping[str, str], shop: Shop, *, currency: str) -> None:
    """Adds the shop's rows to the databases, by service, and commits them at the end.

    Raises psycopg.errors.UniqueViolation when they are there already.
    """
    with ExitStack() as stack:
        databases = {name: psycopg.connect(url) for name, url in urls.items()}
        for database in databases.values():
            stack.enter_context(database)
        progress = stack.enter_context(_progress())
        stock = _Stock(databases["order"], shop, currency)
        _copy_users(databases["user"], shop, progress)
        _copy_orders(databases, shop, stock, progress)
        stock.supply()
    for url in urls.values():
        with psycopg.connect(url, autocommit=True) as database:
            database.execute("ANALYZE")


class _Stock:
    """The products, and how many of each the orders hold."""

    def __init__(self, database: psycopg.Connection, shop: Shop, currency: str) -> None:
        count = max(LEAST_PRODUCTS, min(MOST_PRODUCTS, shop.orders // ORDERS_A_PRODUCT))
        self.goods, self.currency = goods.products(count, shop.seed), currency
        self.held: Counter[int] = Counter()
        self._database = database
        with database.cursor() as cursor:
            cursor.executemany(_PRODUCT, list(self._values(shop.opened)))

    def _values(self, at: datetime) -> Iterator[tuple[object, ...]]:
        for number, (sku, title, price_minor) in enumerate(self.goods):
            left = goods.stock(number)
            yield sku, title, price_minor, self.currency, left, left, at, at

    def hold(self, order: orders.Order) -> None:
        if order.events[-1].state not in _GONE:
            self.held.update({line.product: line.quantity for line in order.lines})

    def supply(self) -> None:
        """Adds what orders hold to what was supplied, so that `stock` is what is left."""
        held = [(count, self.goods[product].sku) for product, count in self.held.items()]
        with self._database.cursor() as cursor:
            cursor.executemany(_SUPPLY, held)


def _copy_users(database: psycopg.Connection, shop: Shop, progress: Progress) -> None:
    # The same for all and each time; the service makes one of its own at the first sign-in.
    salt = f"seed {shop.seed:>11}".encode()
    password_hash = f"argon2{PasswordHasher(parallelism=1).hash(people.PASSWORD, salt=salt)}"
    task = progress.add_task("users", total=shop.users)
    for numbers in _chunks(iter(range(shop.users))):
        lines = [user_line(shop.person(number), password_hash) for number in numbers]
        _copy(database, USER_TABLES, {"accounts_user": lines})
        progress.advance(task, len(lines))


def _copy_orders(
    databases: Mapping[str, psycopg.Connection], shop: Shop, stock: _Stock, progress: Progress
) -> None:
    task = progress.add_task("orders", total=shop.orders)
    ids = [shop.person(number).id for number in range(shop.users)]
    random = Random(f"rows {shop.seed}")
    placed = orders.orders(stock.goods, shop.users, shop.orders, shop.seed, shop.until)
    with ThreadPoolExecutor(2) as copying:
        for chunk in _chunks(placed):
            rows = Rows(stock.goods, stock.currency, random)
            for order in chunk:
                rows.add(order, ids[order.buyer])
                stock.hold(order)
            tables = (("order", ORDER_TABLES), ("payment", PAYMENT_TABLES))
            begun = [
                copying.submit(_copy, databases[name], columns, rows.lines)
                for name, columns in tables
            ]
            for copied in begun:
                copied.result()
            progress.advance(task, len(chunk))


def _copy(
    database: psycopg.Connection, tables: Mapping[str, str], lines: Mapping[str, Sequence[str]]
) -> None:
    for table, columns in tables.items():
        into = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns.split()))
        )
        with database.cursor() as cursor, cursor.copy(into) as copy:
            copy.write("".join(f"{line}\n" for line in lines.get(table, ())))


def _chunks(items: Iterator[T]) -> Iterator[list[T]]:
    while chunk := list(islice(items, CHUNK)):
        yield chunk


def _progress() -> Progress:
    counted, left = MofNCompleteColumn(), TimeRemainingColumn(elapsed_when_finished=True)
    return Progress(TextColumn("{task.description:>6}"), BarColumn(), counted, left)
