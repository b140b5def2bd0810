"""Stand-ins for the services that this one calls, served on the loopback."""

import grpc
from django_grpc_framework.services import Service

from market.order.v1 import order_pb2
from market.order.v1 import personal_data_pb2 as orders_pb
from market.payment.v1 import payment_pb2
from market.payment.v1 import personal_data_pb2 as payments_pb
from mesh.core.errors import InvalidArgument
from mesh.core.ids import uuid7

NEWER, OLDER = str(uuid7()), str(uuid7())


class ToyPageTokenInvalid(InvalidArgument):
    reason = "PAGE_TOKEN_INVALID"


class ToyOrders(Service):  # type: ignore[misc]  # ships no types
    """Has one order on each of two pages; forgets at the second time of asking."""

    pages = {"": NEWER, "older": OLDER}
    asked_to_erase: list[str]

    @classmethod
    def reset(cls) -> None:
        cls.asked_to_erase = []

    def ExportPersonalData(
        self, request: orders_pb.ExportPersonalDataRequest, context: grpc.ServicerContext
    ) -> orders_pb.ExportPersonalDataResponse:
        if request.page_token not in self.pages:
            raise ToyPageTokenInvalid("there is no such page")
        order_id = self.pages[request.page_token]
        return orders_pb.ExportPersonalDataResponse(
            orders=[order_pb2.Order(id=order_id, user_id=request.user_id)],
            events=[order_pb2.OrderEvent(order_id=order_id, seq=1)],
            mails=[
                orders_pb.MailRecord(order_id=order_id, template="order_confirmed", state="QUEUED")
            ],
            next_page_token="" if request.page_token else "older",
        )

    def ErasePersonalData(
        self, request: orders_pb.ErasePersonalDataRequest, context: grpc.ServicerContext
    ) -> orders_pb.ErasePersonalDataResponse:
        self.asked_to_erase.append(request.user_id)
        return orders_pb.ErasePersonalDataResponse(complete=len(self.asked_to_erase) > 1)


class ToyPayments(Service):  # type: ignore[misc]  # ships no types
    """Has a payment for each order that it is asked about, and forgets at once."""

    asked_to_erase: list[str]

    @classmethod
    def reset(cls) -> None:
        cls.asked_to_erase = []

    def ExportPersonalData(
        self, request: payments_pb.ExportPersonalDataRequest, context: grpc.ServicerContext
    ) -> payments_pb.ExportPersonalDataResponse:
        return payments_pb.ExportPersonalDataResponse(
            payments=[
                payment_pb2.Payment(order_id=order_id, user_id=request.user_id)
                for order_id in request.order_ids
            ]
        )

    def ErasePersonalData(
        self, request: payments_pb.ErasePersonalDataRequest, context: grpc.ServicerContext
    ) -> payments_pb.ErasePersonalDataResponse:
        self.asked_to_erase.append(request.user_id)
        return payments_pb.ErasePersonalDataResponse(complete=True)
