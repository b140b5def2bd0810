"""The kinds of the outbox steps that accounts enqueue."""

ERASE_ORDERS = "erase_orders"
ERASE_PAYMENTS = "erase_payments"
