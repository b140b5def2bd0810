"""The one statement that places an order; `place` decides, this writes.

Everything after the claim is written FROM it, so that nothing is written without it. The
event notifies nobody: who watches an order has found it, and so reads its first event.
"""

from collections.abc import Sequence

from google.protobuf import message
from psycopg.types.numeric import Int8

from mesh.db.sql import row
from mesh.outbox.actions import INSERT_FIRST_STEP, step_values
from mesh.rpc.idempotency.claim import INSERT, LOCK, UNLESS_CLAIMED, Claim, NotClaimed
from order_service.orders.rows import ItemRow, OrderRow
from order_service.orders.states import STEP_FOR_STATE

# The request is locked first, so that its repeats wait for nothing. Products are locked in the
# order of their skus, as everywhere, and are then as they are now, not as the statement's
# snapshot has them. Arrays are selected so that a plan for any is kept, as in catalog.queries.
_PLACE = f"""
    WITH request AS MATERIALIZED (
        SELECT {LOCK} AS locked
    ), item AS MATERIALIZED (
        SELECT sku, title, quantity, unit_price_minor, position - 1 AS position
        FROM unnest(
            (SELECT %(skus)s::text[])::text[], (SELECT %(titles)s::text[])::text[],
            (SELECT %(quantities)s::int8[])::int8[], (SELECT %(unit_prices_minor)s::int8[])::int8[]
        ) WITH ORDINALITY AS sent (sku, title, quantity, unit_price_minor, position)
    ), product AS MATERIALIZED (
        SELECT sku, title, price_minor, currency, stock FROM request, catalog_product
        WHERE locked AND sku = ANY((SELECT %(skus)s::text[])::text[])
        ORDER BY sku FOR NO KEY UPDATE
    ), offered AS (
        SELECT FROM item JOIN product USING (sku)
        WHERE product.title = item.title AND price_minor = unit_price_minor
            AND currency = %(currency)s AND stock >= quantity
        HAVING count(*) = (SELECT count(*) FROM item)
    ), claim AS (
        {INSERT} FROM offered {UNLESS_CLAIMED}
    ), placed AS (
        INSERT INTO orders_order (id, user_id, state, currency, total_minor, payment_method,
            cancel_reason, version, create_time, update_time)
        SELECT %(id)s, %(user_id)s, %(state)s, %(currency)s, %(total_minor)s, %(payment_method)s,
            %(cancel_reason)s, %(version)s, %(time)s, %(time)s
        FROM claim
    ), items AS (
        INSERT INTO orders_orderitem
            (order_id, position, sku, title, quantity, unit_price_minor)
        SELECT %(id)s, position, sku, title, quantity, unit_price_minor FROM claim, item
    ), taken AS (
        UPDATE catalog_product
        SET stock = stock - quantity, version = version + 1, update_time = now()
        FROM claim, item WHERE catalog_product.sku = item.sku
    ), event AS (
        INSERT INTO orders_orderevent (order_id, seq, state, cancel_reason, create_time)
        SELECT %(id)s, %(version)s, %(state)s, %(cancel_reason)s, %(time)s FROM claim
    ), step AS (
        {INSERT_FIRST_STEP} FROM claim
    )
    SELECT locked, EXISTS (SELECT FROM claim) FROM request
"""  # noqa: S608  # put together of constants


def insert(
    order: OrderRow,
    items: Sequence[ItemRow],
    *,
    payment_method: str,
    claim: Claim,
    response: message.Message,
) -> None:
    """Writes a new order with all that belongs to it, and its response. Raises NotClaimed."""
    values = {
        **claim.values,
        "response": response.SerializeToString(),
        "id": order.id,
        "user_id": order.user_id,
        "state": order.state,
        "currency": order.currency,
        "total_minor": Int8(order.total_minor),
        "payment_method": payment_method,
        "cancel_reason": order.cancel_reason,
        "version": order.version,
        "time": order.create_time,
        "skus": [item.product_id for item in items],
        "titles": [item.title for item in items],
        "quantities": [Int8(item.quantity) for item in items],
        "unit_prices_minor": [Int8(item.unit_price_minor) for item in items],
        **step_values(STEP_FOR_STATE[order.state], {"order_id": str(order.id)}, key=str(order.id)),
    }
    locked, claimed = row(_PLACE, values)
    if not claimed:
        raise NotClaimed(locked=locked)
