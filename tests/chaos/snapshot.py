"""A snapshot of what every database and the mailbox hold about the buyers of a run."""

import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import httpx

from dev.config import ROOT
from tests.chaos.environment import SKU, STOCK, Mesh

CHECKS = (("payment_service", "checkledger"), ("order_service", "checkorders"))
CHECKED_WITHIN_S = 60.0
PAGE = 100_000  # more mails than anybody gets

ORDERS = """
    SELECT id::text, user_id::text, state, total_minor, refunded_minor
    FROM orders_order WHERE user_id = ANY(%s::uuid[])
"""
HELD = """
    SELECT coalesce(sum(quantity), 0)::int FROM orders_orderitem AS item
    JOIN orders_order AS o ON o.id = item.order_id
    WHERE sku = %s AND state NOT IN ('CANCELLED', 'REFUNDED')
"""
LEFT = "SELECT stock FROM catalog_product WHERE sku = %s"
CAPTURES = """
    SELECT payment.order_id::text,
        count(*) FILTER (WHERE debit_account = 'provider')::int,
        sum(CASE debit_account WHEN 'provider' THEN entry.amount_minor
            ELSE -entry.amount_minor END)::bigint,
        coalesce(sum(entry.amount_minor) FILTER (WHERE credit_account = 'provider'), 0)::bigint
    FROM payments_ledgerentry AS entry JOIN payments_payment AS payment
        ON payment.id = entry.payment_id
    WHERE payment.user_id = ANY(%s::uuid[]) GROUP BY payment.order_id
"""
USERS = "SELECT id::text, email FROM accounts_user WHERE id = ANY(%s::uuid[])"
MAILS = "SELECT id::text, dedup_key, state FROM mail_mail WHERE user_id = ANY(%s::uuid[])"


@dataclass(frozen=True)
class Order:
    id: str
    user: str
    state: str
    total_minor: int
    refunded_minor: int


class Captured(NamedTuple):
    """How often money was taken for an order, how much of it is kept, how much paid back."""

    times: int
    kept_minor: int
    refunded_minor: int


@dataclass(frozen=True)
class Mail:
    id: str
    dedup_key: str
    state: str


@dataclass(frozen=True)
class Snapshot:
    """The databases and the mailbox at one moment of rest. `users` maps ids to addresses.

    `captures`: by order, the sums of its payment's ledger. `received`: by address, the
    Message-IDs that arrived. `stock_gap`: what is left and what orders hold, less the
    stock at the start. `complaints`: of the services' own checks.
    """

    users: Mapping[str, str]
    orders: Sequence[Order]
    captures: Mapping[str, Captured]
    mails: Sequence[Mail]
    received: Mapping[str, Sequence[str]]
    stock_gap: int = 0
    complaints: Sequence[str] = ()


def take_snapshot(environment: Mesh, users: Iterable[str]) -> Snapshot:
    ids = [list(users)]
    addresses = dict(_rows(environment, "user", USERS, ids))
    captures = _rows(environment, "payment", CAPTURES, ids)
    return Snapshot(
        users=addresses,
        orders=[Order(*row) for row in _rows(environment, "order", ORDERS, ids)],
        captures={order: Captured(*sums) for order, *sums in captures},
        mails=[
            Mail(*row) for name in ("user", "order") for row in _rows(environment, name, MAILS, ids)
        ],
        received=_received(environment, addresses.values()),
        stock_gap=_stock_gap(environment),
        complaints=[said for check in CHECKS if (said := _complaint(environment, *check))],
    )


def _rows(
    environment: Mesh, service: str, query: str, values: Sequence[object]
) -> list[tuple[Any, ...]]:
    with environment.database(service) as database:
        return database.execute(query.encode(), values).fetchall()


def _stock_gap(environment: Mesh) -> int:
    ((held,),) = _rows(environment, "order", HELD, [SKU])
    ((left,),) = _rows(environment, "order", LEFT, [SKU])
    return int(left + held - STOCK)


def _complaint(environment: Mesh, service: str, command: str) -> str:
    """Returns what a service's own check of its database finds wrong, or empty."""
    ended = subprocess.run(
        [sys.executable, "-m", service, command],
        cwd=ROOT,
        env=environment.environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=CHECKED_WITHIN_S,
    )
    return "" if ended.returncode == 0 else f"{command}: {ended.stdout}{ended.stderr}"


def _received(environment: Mesh, addresses: Iterable[str]) -> dict[str, list[str]]:
    received = {}
    with httpx.Client(base_url=environment.at.mailbox, timeout=10) as mailbox:
        for address in addresses:
            query: dict[str, str | int] = {"query": f"to:{address}", "limit": PAGE}
            found = mailbox.get("/api/v1/search", params=query).json()["messages"]
            received[address] = [message["MessageID"] for message in found]
    return received
