"""The kinds of the outbox steps that orders enqueue."""

CHARGE_ORDER = "charge_order"
VOID_ORDER = "void_order"
