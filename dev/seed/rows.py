"""What each service's database keeps of a seeded shop, as lines of COPY."""

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from dev.seed.goods import Product
from dev.seed.ids import uuid4, uuid7
from dev.seed.orders import Event, Order
from dev.seed.people import Person

# Columns by table, tables before those that refer to them.
USER_TABLES = {
    "accounts_user": "id username email email_verified full_name password_hash staff_scopes"
    " token_version version create_time update_time",
}
ORDER_TABLES = {
    "orders_order": "id user_id state currency total_minor refunded_minor payment_method"
    " payment_id cancel_reason version create_time update_time",
    "orders_orderitem": "order_id position sku title quantity unit_price_minor",
    "orders_orderevent": "order_id seq state cancel_reason refunded_minor create_time",
    "mail_mail": "id dedup_key user_id template context state create_time sent_time",
}
PAYMENT_TABLES = {
    "payments_payment": "id order_id user_id state capture_request_id amount_minor currency"
    " capture_minor refunded_minor refunding_minor payment_method decline_reason reference version"
    " create_time update_time",
    "payments_refund": "id request_id payment_id state asked_minor amount_minor reference"
    " create_time done_time",
    "payments_ledgerentry": "id payment_id refund_id debit_account credit_account amount_minor"
    " currency create_time",
    "payments_sandboxentry": "key kind about method of_id amount_minor currency reference asks"
    " done refused create_time",
}
_MAILS = {
    "CONFIRMED": "order_confirmed",
    "CANCELLED": "order_cancelled",
    "REFUNDED": "order_refunded",
    "FULFILLED": "order_fulfilled",
}
_METHOD = "pm_ok"
_SENT_AFTER = timedelta(milliseconds=300)


def user_line(person: Person, password_hash: str) -> str:
    email = f"{person.username}@example.org"
    kept = (person.id, person.username, email, person.email_verified, person.full_name)
    return _line(*kept, password_hash, "{}", 1, 1, person.since, person.since)


class Rows:
    """The lines of many orders, by table."""

    def __init__(self, goods: Sequence[Product], currency: str, random: Random) -> None:
        self._goods, self._currency, self._random = goods, currency, random
        self.lines: defaultdict[str, list[str]] = defaultdict(list)

    def add(self, order: Order, user_id: str) -> None:
        payment_id = self._add_payment(order, user_id)
        last = order.events[-1]
        kept = None if order.declined else payment_id
        self._add(
            "orders_order",
            *(order.id, user_id, last.state, self._currency, order.total_minor),
            *(last.refunded_minor, "", kept, last.cancel_reason, len(order.events)),
            *(order.events[0].at, last.at),
        )
        for position, line in enumerate(order.lines):
            sku, title, price_minor = self._goods[line.product]
            item = (order.id, position, sku, title, line.quantity, price_minor)
            self._add("orders_orderitem", *item)
        before = ""
        for seq, event in enumerate(order.events, 1):
            told = (event.state, event.cancel_reason, event.refunded_minor, event.at)
            self._add("orders_orderevent", order.id, seq, *told)
            self._add_mail(order, user_id, event, before)
            before = event.state

    def _add_mail(self, order: Order, user_id: str, event: Event, before: str) -> None:
        template, key = _MAILS.get(event.state, ""), order.id
        if event.state == before:
            template, key = "refund_issued", f"{order.id}:{event.refunded_minor}"
        if template:
            context = json.dumps({"order_id": order.id, "cancel_reason": event.cancel_reason})
            mail = (uuid7(event.at, self._random), f"{template}:{key}", user_id, template, context)
            self._add("mail_mail", *mail, "SENT", event.at, event.at + _SENT_AFTER)

    def _add_payment(self, order: Order, user_id: str) -> str:
        """Adds the payment, and what moved for it in the ledger and in the provider's books."""
        at, last = order.events[1].at, order.events[-1]
        payment_id, key = uuid7(at, self._random), uuid4(self._random)
        total_minor, back_minor = order.total_minor, last.refunded_minor
        state, method, reference = "CAPTURED", _METHOD, f"ch_{key}"
        if order.declined:
            state, reference = "DECLINED", ""
            method = {"CARD_DECLINED": "pm_declined"}.get(order.declined, "pm_insufficient_funds")
        elif back_minor:
            state = "REFUNDED" if back_minor == total_minor else "PARTIALLY_REFUNDED"
        self._add(
            "payments_payment",
            *(payment_id, order.id, user_id, state, key, total_minor, self._currency),
            *(total_minor, back_minor, 0, method, order.declined, reference),
            *(3 if back_minor else 2, order.events[0].at, last.at if back_minor else at),
        )
        if not order.declined:
            self._move(payment_id, None, (key, None), minor=total_minor, at=at)
        if back_minor:
            self._add_refund(payment_id, key, last)
        return payment_id

    def _add_refund(self, payment_id: str, of: str, event: Event) -> None:
        refund_id, key = uuid7(event.at, self._random), uuid4(self._random)
        asked = (refund_id, key, payment_id, "DONE", None, event.refunded_minor, f"re_{key}")
        self._add("payments_refund", *asked, event.at, event.at)
        minor = event.refunded_minor
        self._move(payment_id, refund_id, (key, of), minor=minor, at=event.at)

    def _move(
        self,
        payment_id: str,
        refund_id: str | None,
        keys: tuple[str, str | None],
        *,
        minor: int,
        at: datetime,
    ) -> None:
        """Adds a movement to the ledger and, under its key, to the provider's books."""
        charged = refund_id is None
        accounts = ("provider", "customer") if charged else ("customer", "provider")
        entry = (uuid7(at, self._random), payment_id, refund_id, *accounts)
        self._add("payments_ledgerentry", *entry, minor, self._currency, at)
        key, of = keys
        kind, reference = ("CHARGE", f"ch_{key}") if charged else ("REFUND", f"re_{key}")
        moved = (key, kind, refund_id or payment_id, _METHOD, of, minor, self._currency)
        self._add("payments_sandboxentry", *moved, reference, 1, True, False, at)

    def _add(self, table: str, *values: object) -> None:
        self.lines[table].append(_line(*values))


def _line(*values: object) -> str:
    return "\t".join(["\\N" if value is None else str(value) for value in values])
