"""The one statement that places orders; `place` decides, this writes.

All that belongs to an order is written FROM its claim, so that nothing is written without it. The
event notifies nobody: who watches an order has found it, and so reads its first event.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import psycopg
from django.conf import settings
from django.db import OperationalError
from psycopg.types.json import Jsonb

from market.order.v1 import order_pb2
from mesh.core.ids import uuid7
from mesh.db.sql import rows
from mesh.outbox.actions import INSERT_FIRST_STEPS
from mesh.rpc.idempotency.claim import (
    INSERT_EACH,
    LOCK,
    UNLESS_CLAIMED,
    Claim,
    NotClaimed,
)
from order_service.orders.rows import ItemRow, OrderRow
from order_service.orders.states import STEP_FOR_STATE

# Requests are locked first, so that their repeats wait for nothing. Products are locked in the
# order of their skus, as everywhere, and are then as they are now, not as the statement's
# snapshot has them; orders that came before are taken to be placed. A claim is found again by its
# response, as two requests may have the same id. Products are looked up by arrays, so that one plan
# for all does not read them all.
_PLACE = f"""
    WITH request AS MATERIALIZED (
        SELECT place, subject, request_id, decode(fingerprint, 'hex') AS fingerprint,
            decode(response, 'hex') AS response, id, user_id, total_minor, payment_method, items,
            step_id, step_request_id, step_traceparent, {LOCK} AS locked
        FROM set_config('lock_timeout', %(lock_timeout)s, true),
            jsonb_to_recordset(%(orders)s) AS sent (
                place int8, subject text, request_id text, fingerprint text, response text, id uuid,
                user_id uuid, total_minor int8, payment_method text, items jsonb,
                step_id uuid, step_request_id text, step_traceparent text
            )
    ), item AS MATERIALIZED (
        SELECT place, position, sku, title, quantity, unit_price_minor
        FROM request, jsonb_to_recordset(items) AS sent (
            position int8, sku text, title text, quantity int8, unit_price_minor int8
        ) WHERE locked
    ), product AS MATERIALIZED (
        SELECT sku, title, price_minor, currency, stock FROM catalog_product
        WHERE sku = ANY(ARRAY(SELECT sku FROM item)) ORDER BY sku FOR NO KEY UPDATE
    ), offered AS (
        SELECT place FROM (
            SELECT place, product.title = item.title AND price_minor = unit_price_minor
                AND currency = %(currency)s
                AND stock >= sum(quantity) OVER (PARTITION BY sku ORDER BY place) AS is_so
            FROM item LEFT JOIN product USING (sku)
        ) AS line GROUP BY place HAVING bool_and(is_so IS TRUE)
    ), claim AS (
        {INSERT_EACH} FROM request JOIN offered USING (place) {UNLESS_CLAIMED} RETURNING response
    ), claimed AS MATERIALIZED (
        SELECT request.* FROM claim JOIN request USING (response)
    ), placed AS (
        INSERT INTO orders_order (id, user_id, state, currency, total_minor, payment_method,
            cancel_reason, version, create_time, update_time)
        SELECT id, user_id, %(state)s, %(currency)s, total_minor, payment_method,
            %(cancel_reason)s, %(version)s, %(time)s, %(time)s
        FROM claimed
    ), items AS (
        INSERT INTO orders_orderitem
            (order_id, position, sku, title, quantity, unit_price_minor)
        SELECT id, position, sku, title, quantity, unit_price_minor
        FROM claimed JOIN item USING (place)
    ), sold AS (
        SELECT sku, sum(quantity) AS quantity, count(*) AS orders
        FROM claimed JOIN item USING (place) GROUP BY sku
    ), taken AS (
        UPDATE catalog_product
        SET stock = stock - quantity, version = version + orders, update_time = now()
        FROM sold WHERE catalog_product.sku = sold.sku
            AND catalog_product.sku = ANY(ARRAY(SELECT sku FROM sold))
    ), event AS (
        INSERT INTO orders_orderevent (order_id, seq, state, cancel_reason, create_time)
        SELECT id, %(version)s, %(state)s, %(cancel_reason)s, %(time)s FROM claimed
    ), step AS (
        {INSERT_FIRST_STEPS} FROM (
            SELECT *, id::text AS step_key, jsonb_build_object('order_id', id) AS step_payload
            FROM claimed
        ) AS claimed
    )
    SELECT locked, place IN (SELECT place FROM claimed) FROM request ORDER BY place
"""  # noqa: S608  # put together of constants


class NewOrder(NamedTuple):
    """An order with all that belongs to it, and the response to its request."""

    order: OrderRow
    items: Sequence[ItemRow]
    payment_method: str
    claim: Claim
    response: order_pb2.CreateOrderResponse


def insert(new: Sequence[NewOrder], *, waits_ms: int = 0) -> list[NotClaimed | None]:
    """Writes new orders, which have state, currency and times in common.

    Returns of each None, or why it was not written. Where a product is locked for longer than
    `waits_ms`, none is; 0 is for as long as it takes.
    """
    common = new[0].order
    values = {
        "orders": Jsonb([_sent(place, each) for place, each in enumerate(new)]),
        "lock_timeout": f"{waits_ms}ms",
        "method": new[0].claim.method,
        "currency": settings.MARKET_CURRENCY,
        "state": common.state,
        "cancel_reason": common.cancel_reason,
        "version": common.version,
        "time": common.create_time,
        "step_kind": STEP_FOR_STATE[common.state],
    }
    try:
        written = rows(_PLACE, values)
    except OperationalError as error:
        if isinstance(error.__cause__, psycopg.errors.LockNotAvailable):
            return [NotClaimed(locked=True)] * len(new)
        raise
    return [None if claimed else NotClaimed(locked) for locked, claimed in written]


def _sent(place: int, new: NewOrder) -> dict[str, Any]:
    order, claim = new.order, new.claim
    return {
        "place": place,
        "subject": claim.subject,
        "request_id": claim.request_id,
        "fingerprint": claim.fingerprint.hex(),
        "response": new.response.SerializeToString().hex(),
        "id": str(order.id),
        "user_id": str(order.user_id),
        "total_minor": order.total_minor,
        "payment_method": new.payment_method,
        "items": [
            {
                "position": position,
                "sku": item.product_id,
                "title": item.title,
                "quantity": item.quantity,
                "unit_price_minor": item.unit_price_minor,
            }
            for position, item in enumerate(new.items)
        ],
        "step_id": str(uuid7()),
        "step_request_id": claim.call.request_id,
        "step_traceparent": claim.call.traceparent,
    }
