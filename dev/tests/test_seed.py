"""A seeded shop holds by the services' own checks, and is the same each time."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice

import psycopg
import pytest
from argon2 import PasswordHasher

from dev.config import DATABASES, ROOT, Config
from dev.engines.postgres import Postgres
from dev.seed import goods, orders, people
from dev.seed.fill import Shop, fill
from dev.up.setup import set_up

SHOP = Shop(users=40, orders=600, seed=7, until=datetime(2026, 11, 29, tzinfo=UTC))


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    """Yields the environment of a mesh whose databases are there, and which does not run."""
    var = tmp_path_factory.mktemp("seeded")
    with Postgres(var / "postgres", port=0, durable=False) as postgres:
        urls = {f"{name.upper()}_DATABASE_URL": postgres.create(name) for name in DATABASES}
        told = Config.read(var, any_ports=True).environment(
            {**urls, "REDIS_URL": "redis://127.0.0.1:1/0"}
        )
        set_up(told, var)
        yield told


@pytest.fixture(scope="module")
def urls(environment: Mapping[str, str]) -> Mapping[str, str]:
    return {name: environment[f"{name.upper()}_DATABASE_URL"] for name in DATABASES}


@pytest.fixture(scope="module", autouse=True)
def seeded(urls: Mapping[str, str]) -> None:
    fill(urls, SHOP, currency="EUR")


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["payment_service", "checkledger"], "600 payments agree with their ledger"),
        (["order_service", "checkorders", "--at-rest"], "600 orders hold"),
    ],
)
def test_the_services_find_nothing_wrong(
    environment: Mapping[str, str], command: list[str], said: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (done.returncode, done.stdout.strip()) == (0, said), done.stderr


def test_orders_came_to_every_end_of_theirs(urls: Mapping[str, str]) -> None:
    with psycopg.connect(urls["order"]) as database:
        ends = database.execute(
            "SELECT state, cancel_reason, count(*) FROM orders_order GROUP BY 1, 2"
        )
        found = {(state, reason): count for state, reason, count in ends}
    assert found.keys() >= {
        ("FULFILLED", ""),
        ("CANCELLED", "PAYMENT_DECLINED"),
        ("REFUNDED", "REQUESTED"),
        ("REFUNDED", "REFUNDED"),
    }
    assert found["FULFILLED", ""] > 0.8 * SHOP.orders


def test_its_rows_are_added_once(urls: Mapping[str, str]) -> None:
    with pytest.raises(psycopg.errors.UniqueViolation):
        fill(urls, SHOP, currency="EUR")
    with psycopg.connect(urls["order"]) as database:
        assert database.execute("SELECT count(*) FROM orders_order").fetchone() == (600,)


def test_everybody_signs_in_by_the_password_that_is_told(urls: Mapping[str, str]) -> None:
    with psycopg.connect(urls["user"]) as database:
        ((kept,),) = database.execute(
            "SELECT password_hash FROM accounts_user WHERE username = %s",
            [SHOP.person(0).username],
        ).fetchall()
    assert PasswordHasher().verify(kept.removeprefix("argon2"), people.PASSWORD)


def test_the_same_numbers_are_the_same_shop() -> None:
    def first() -> list[orders.Order]:
        products = goods.products(24, SHOP.seed)
        placed = orders.orders(products, SHOP.users, SHOP.orders, SHOP.seed, SHOP.until)
        return list(islice(placed, 50))

    assert first() == first()
    assert SHOP.person(3) == SHOP.person(3)
    ids = [order.id for order in first()]
    assert ids == sorted(ids)


def test_two_seeds_share_no_row() -> None:
    people_ids = [
        people.person(number, seed, SHOP.opened).id for seed in range(4) for number in range(100)
    ]
    assert len(set(people_ids)) == len(people_ids)
