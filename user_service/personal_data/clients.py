"""What the other services keep about a person."""

from collections.abc import Iterable
from uuid import UUID

from market.order.v1 import personal_data_pb2 as orders
from market.order.v1.personal_data_pb2_grpc import PersonalDataServiceStub as OrdersStub
from market.payment.v1 import payment_pb2
from market.payment.v1 import personal_data_pb2 as payments
from market.payment.v1.personal_data_pb2_grpc import PersonalDataServiceStub as PaymentsStub
from mesh.rpc.client import stub


def orders_of(user_id: UUID, page_token: str) -> orders.ExportPersonalDataResponse:
    """Returns a page of the person's orders. Raises what the order service does."""
    request = orders.ExportPersonalDataRequest(user_id=str(user_id), page_token=page_token)
    answer: orders.ExportPersonalDataResponse = _orders().ExportPersonalData(request)
    return answer


def payments_for(user_id: UUID, order_ids: Iterable[str]) -> Iterable[payment_pb2.Payment]:
    request = payments.ExportPersonalDataRequest(user_id=str(user_id), order_ids=order_ids)
    if not request.order_ids:
        return ()
    found: Iterable[payment_pb2.Payment] = _payments().ExportPersonalData(request).payments
    return found


def erase_orders(user_id: UUID) -> bool:
    """Returns whether nothing is left to erase; a repeat does no harm."""
    request = orders.ErasePersonalDataRequest(user_id=str(user_id))
    return bool(_orders().ErasePersonalData(request).complete)


def erase_payments(user_id: UUID) -> bool:
    """Returns whether nothing is left to erase; a repeat does no harm."""
    request = payments.ErasePersonalDataRequest(user_id=str(user_id))
    return bool(_payments().ErasePersonalData(request).complete)


def _orders() -> OrdersStub:
    return stub(OrdersStub, "order_service")


def _payments() -> PaymentsStub:
    return stub(PaymentsStub, "payment_service")
