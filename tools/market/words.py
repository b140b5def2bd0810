"""The contract's words for orders, as a person reads them."""

from market.order.v1 import order_pb2


def state(value: int) -> str:
    return str(order_pb2.OrderState.Name(value)).removeprefix("ORDER_STATE_")


def reason(value: int) -> str:
    name = str(order_pb2.CancelReason.Name(value)).removeprefix("CANCEL_REASON_")
    return "" if name == "UNSPECIFIED" else name.lower().replace("_", " ")
