from uuid import UUID

from django_grpc_framework.services import Service
from grpc import ServicerContext as Context

from market.order.v1 import personal_data_pb2 as pb
from mesh.mail.models import Mail
from order_service.orders import convert
from order_service.orders.models import Order
from order_service.personal_data import actions, queries


class PersonalDataService(Service):  # type: ignore[misc]  # ships no types
    """Serves market.order.v1.PersonalDataService."""

    def ExportPersonalData(
        self, request: pb.ExportPersonalDataRequest, _: Context
    ) -> pb.ExportPersonalDataResponse:
        held = queries.held_about(user_id=UUID(request.user_id), token=request.page_token)
        return pb.ExportPersonalDataResponse(
            orders=map(convert.to_wire, held.orders),
            events=map(convert.event_to_wire, held.events),
            mails=(_mail_to_wire(order, mail) for order, mail in held.mails),
            next_page_token=held.next_page_token,
        )

    def ErasePersonalData(
        self, request: pb.ErasePersonalDataRequest, _: Context
    ) -> pb.ErasePersonalDataResponse:
        complete = actions.erase_person(user_id=UUID(request.user_id))
        return pb.ErasePersonalDataResponse(complete=complete)


def _mail_to_wire(order: Order, mail: Mail) -> pb.MailRecord:
    return pb.MailRecord(
        order_id=str(order.id),
        template=mail.template,
        state=mail.state,
        create_time=mail.create_time,
        sent_time=mail.sent_time,
    )
