"""What `/metrics` says of orders as a business."""

from prometheus_client import Counter

ORDERS = Counter("orders_state_changes", "Orders that came to a state.", ["state"])
