"""What `/metrics` says of payments as a business."""

from prometheus_client import Counter

CAPTURED = Counter(
    "payments_captured_minor_units", "Money taken, in minor units of its currency.", ["currency"]
)
REFUNDED = Counter(
    "payments_refunded_minor_units",
    "Money paid back, in minor units of its currency.",
    ["currency"],
)
