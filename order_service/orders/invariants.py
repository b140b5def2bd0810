"""What must hold of every order, as far as this service's own rows can tell, and does not.

Each check is one statement: it sees one moment, so it is true while orders come and go.
What single rows must look like is not here, as the database refuses anything else.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from mesh.db.sql import rows
from order_service.orders.emails import REFUND_TEMPLATE, TEMPLATES
from order_service.orders.states import ALLOWED, RESTOCKED_STATES, STEP_FOR_STATE


class Violation(NamedTuple):
    """`of` is an order's id or a product's sku."""

    of: str
    text: str


_HISTORY = """
    SELECT id, format('is %%s, which its events do not lead to', orders_order.state)
    FROM orders_order LEFT JOIN LATERAL (
        SELECT max(seq) AS version, (array_agg(state ORDER BY seq DESC))[1] AS state,
            max(refunded_minor) AS refunded_minor,
            bool_and(seq = place AND CASE
                WHEN state = before THEN refunded_minor > refunded_before
                ELSE concat(before, '>', state) = ANY(%(ways)s)
                    AND (state = 'REFUNDED' OR refunded_minor = coalesce(refunded_before, 0))
            END) AS sound
        FROM (
            SELECT seq, state, refunded_minor, row_number() OVER by_seq AS place,
                lag(state) OVER by_seq AS before,
                lag(refunded_minor) OVER by_seq AS refunded_before
            FROM orders_orderevent WHERE order_id = orders_order.id
            WINDOW by_seq AS (ORDER BY seq)
        ) AS event
    ) AS history ON true
    WHERE (history.sound, history.version, history.state, history.refunded_minor)
        IS DISTINCT FROM
            (true, orders_order.version, orders_order.state, orders_order.refunded_minor)
"""
_FORSAKEN = """
    SELECT id, format('is %%s, and no step is enqueued that would end that', state)
    FROM orders_order WHERE state = ANY(%(restless)s) AND NOT EXISTS (
        SELECT FROM outbox_step WHERE key = orders_order.id::text AND done_time IS NULL
    )
"""
_RESTLESS = "SELECT id, format('is %%s', state) FROM orders_order WHERE state = ANY(%(restless)s)"
_UNTOLD = """
    SELECT order_id, format('was never told by the mail %%s', due.template)
    FROM (
        SELECT order_id, CASE WHEN state = before THEN %(refund)s ELSE due.template END
            AS template,
            CASE WHEN state = before THEN concat_ws(':', %(refund)s, order_id, refunded_minor)
                ELSE concat(due.template, ':', order_id) END AS dedup_key
        FROM (
            SELECT order_id, state, refunded_minor,
                lag(state) OVER (PARTITION BY order_id ORDER BY seq) AS before
            FROM orders_orderevent
        ) AS event JOIN unnest(%(states)s::text[], %(templates)s::text[])
            AS due (state, template) USING (state)
    ) AS due LEFT JOIN mail_mail AS mail USING (dedup_key)
    WHERE mail.id IS NULL OR (mail.state = 'QUEUED' AND (%(at_rest)s OR NOT EXISTS (
        SELECT FROM outbox_step
        WHERE key = concat('mail:', mail.dedup_key) AND done_time IS NULL
    )))
"""
_STOCK = """
    SELECT sku, format('has %%s in stock, of %%s supplied and %%s ordered', stock, supplied, held)
    FROM catalog_product LEFT JOIN LATERAL (
        SELECT coalesce(sum(item.quantity), 0) AS held
        FROM orders_orderitem AS item JOIN orders_order ON orders_order.id = item.order_id
        WHERE item.sku = catalog_product.sku AND NOT state = ANY(%(goods_back)s)
    ) AS orders ON true
    WHERE stock <> supplied - held
"""


def violations(*, at_rest: bool) -> Iterator[Violation]:
    """Yields each violation; at rest, a step or mail that is still due is one too."""
    values: dict[str, Any] = {
        "at_rest": at_rest,
        "restless": list(STEP_FOR_STATE),
        "ways": [">PENDING", *(f"{state}>{to}" for state in ALLOWED for to in ALLOWED[state])],
        "states": list(TEMPLATES),
        "templates": list(TEMPLATES.values()),
        "refund": REFUND_TEMPLATE,
        "goods_back": list(RESTOCKED_STATES),
    }
    for check in (_HISTORY, _RESTLESS if at_rest else _FORSAKEN, _UNTOLD, _STOCK):
        for of, text in rows(check, values):
            yield Violation(str(of), text)
