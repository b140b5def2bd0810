from uuid import UUID

from django_grpc_framework.services import Service
from grpc import ServicerContext as Context

from market.payment.v1 import personal_data_pb2 as pb
from payment_service.payments import convert
from payment_service.personal_data import actions, queries


class PersonalDataService(Service):  # type: ignore[misc]  # ships no types
    """Serves market.payment.v1.PersonalDataService."""

    def ExportPersonalData(
        self, request: pb.ExportPersonalDataRequest, _: Context
    ) -> pb.ExportPersonalDataResponse:
        payments = queries.payments_of(
            UUID(request.user_id), order_ids=[UUID(order_id) for order_id in request.order_ids]
        )
        return pb.ExportPersonalDataResponse(payments=map(convert.to_wire, payments))

    def ErasePersonalData(
        self, request: pb.ErasePersonalDataRequest, _: Context
    ) -> pb.ErasePersonalDataResponse:
        complete = actions.erase_person(user_id=UUID(request.user_id))
        return pb.ErasePersonalDataResponse(complete=complete)
