"""The rows that every system is measured on: made by SQL, with ids known beforehand."""

from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

USERS, PRODUCTS, ORDERS_OF_USER, ITEMS = 256, 1_000, 24, 5
ORDERS = USERS * ORDERS_OF_USER

_VALUES = {"users": USERS, "products": PRODUCTS, "orders": ORDERS, "items": ITEMS}

_USERS = """
    INSERT INTO accounts_user (id, username, email, email_verified, full_name, password_hash,
        staff_scopes, token_version, version, create_time, update_time)
    SELECT ('01910000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'user-' || n,
        'user-' || n || '@example.org', true, 'User Number ' || n, 'none', '{}', 1, 1, at, at
    FROM generate_series(0, %(users)s - 1) AS n,
        LATERAL (SELECT timestamptz '2026-01-01' + n * interval '61.5 s' AS at) AS moment
"""
_PRODUCTS = """
    INSERT INTO catalog_product (sku, title, description, price_minor, currency, stock, supplied,
        version, create_time, update_time)
    SELECT 'SKU-' || lpad(n::text, 4, '0'), 'Product number ' || n,
        'Stoneware, 350 ml; fit for the dishwasher, number ' || n || '.', 100 + 7 * n, 'EUR',
        1000000, 1000000, 1, at, at
    FROM generate_series(0, %(products)s - 1) AS n,
        LATERAL (SELECT timestamptz '2026-01-01' + n * interval '61.5 s' AS at) AS moment
"""
# The orders of a user lie apart, as they do where many people order.
_ORDERS = """
    CREATE TEMPORARY TABLE line ON COMMIT DROP AS
    SELECT n, ('01920000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid AS order_id,
        position, 'SKU-' || lpad(((7 * n + 37 * position) %% %(products)s)::text, 4, '0') AS sku,
        1 + (n + position) %% 3 AS quantity
    FROM generate_series(0, %(orders)s - 1) AS n, generate_series(0, %(items)s - 1) AS position;
    INSERT INTO orders_order (id, user_id, state, currency, total_minor, refunded_minor,
        payment_method, payment_id, cancel_reason, version, create_time, update_time)
    SELECT order_id, ('01910000-0000-7000-8000-' || lpad(to_hex(n %% %(users)s), 12, '0'))::uuid,
        'FULFILLED', 'EUR', sum(price_minor * quantity), 0, '',
        ('01930000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, '', 3,
        min(timestamptz '2026-02-01' + n * interval '61.5 s'),
        min(timestamptz '2026-02-01' + n * interval '62.5 s')
    FROM line JOIN catalog_product USING (sku) GROUP BY n, order_id;
    INSERT INTO orders_orderitem (order_id, position, sku, title, quantity, unit_price_minor)
    SELECT order_id, position, sku, title, quantity, price_minor
    FROM line JOIN catalog_product USING (sku)
"""
# A previous key is published and does not sign.
_KEY = """
    INSERT INTO sessions_signingkey (kid, state, public_jwk, sealed, state_time)
    VALUES (%s, 'PREVIOUS', %s, '', now())
"""


def user_id(number: int) -> str:
    return f"01910000-0000-7000-8000-{number:012x}"


def order_id(number: int) -> str:
    return f"01920000-0000-7000-8000-{number:012x}"


def sku(number: int) -> str:
    return f"SKU-{number:04}"


def fill(databases: Mapping[str, str], jwk: Mapping[str, Any]) -> None:
    """Adds all rows to the databases of a mesh, by service, and publishes the tokens' key."""
    publish_key(databases["user"], jwk)
    add_users(databases["user"])
    add_products_and_orders(databases["order"])


def add_users(url: str) -> None:
    _run(url, _USERS)


def add_products_and_orders(url: str) -> None:
    _run(url, _PRODUCTS, *_ORDERS.split(";\n"))


def publish_key(url: str, jwk: Mapping[str, Any]) -> None:
    """Has the user service publish a key that signs the benchmark's tokens."""
    with psycopg.connect(url) as connection:
        connection.execute(_KEY, [jwk["kid"], Jsonb(jwk)])


def _run(url: str, *statements: str) -> None:
    with psycopg.connect(url) as connection, psycopg.ClientCursor(connection) as cursor:
        for statement in statements:
            cursor.execute(statement, _VALUES)
        connection.commit()
        connection.autocommit = True
        cursor.execute("VACUUM ANALYZE")
