"""What `/metrics` says of orders as a business."""

from prometheus_client import Counter, Histogram

ORDERS = Counter("orders_state_changes", "Orders that came to a state.", ["state"])
PENDING_S = Histogram(
    "orders_pending_duration_seconds",
    "How long orders were pending, by the state that they came to then.",
    ["state"],
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900),
)
