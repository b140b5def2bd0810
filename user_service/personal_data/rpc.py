from uuid import UUID

from django_grpc_framework.services import Service
from grpc import ServicerContext as Context

from market.order.v1 import personal_data_pb2 as orders_pb
from market.user.v1 import personal_data_pb2 as pb
from mesh.mail.models import Mail
from user_service.accounts import convert as accounts
from user_service.personal_data import clients, queries
from user_service.sessions import convert as sessions


class PersonalDataService(Service):  # type: ignore[misc]  # ships no types
    """Serves market.user.v1.PersonalDataService."""

    def ExportUserData(
        self, request: pb.ExportUserDataRequest, _: Context
    ) -> pb.ExportUserDataResponse:
        user_id = UUID(request.user_id)
        held = queries.held_about(user_id, first_page=not request.page_token)
        ordered = clients.orders_of(user_id, request.page_token)
        paid = clients.payments_for(user_id, (order.id for order in ordered.orders))
        data = pb.UserData(
            user=accounts.to_wire(held.user),
            totp_enabled=held.totp_enabled,
            sessions=map(sessions.to_wire, held.sessions),
            mails=[*map(_mail_of_account, held.mails), *map(_mail_of_order, ordered.mails)],
            orders=ordered.orders,
            order_events=ordered.events,
            payments=paid,
            next_page_token=ordered.next_page_token,
        )
        return pb.ExportUserDataResponse(data=data)


def _mail_of_account(mail: Mail) -> pb.MailRecord:
    return pb.MailRecord(
        template=mail.template,
        state=mail.state,
        create_time=mail.create_time,
        sent_time=mail.sent_time,
    )


def _mail_of_order(mail: orders_pb.MailRecord) -> pb.MailRecord:
    return pb.MailRecord(
        order_id=mail.order_id,
        template=mail.template,
        state=mail.state,
        create_time=mail.create_time,
        sent_time=mail.sent_time if mail.HasField("sent_time") else None,
    )
