"""What payments ask of other services."""

from uuid import UUID

from market.order.v1 import order_pb2, order_pb2_grpc
from mesh.contract.money import Amount, to_wire
from mesh.rpc.client import stub


def record_refund(*, order_id: UUID, payment_id: UUID, refunded: Amount) -> None:
    """Tells an order what was paid back for it so far. A repeat changes nothing.

    Raises RemoteError, and Unavailable while the order service is down.
    """
    orders = stub(order_pb2_grpc.OrderServiceStub, "order_service")
    orders.RecordRefund(
        order_pb2.RecordRefundRequest(
            order_id=str(order_id), payment_id=str(payment_id), refunded_amount=to_wire(refunded)
        )
    )
