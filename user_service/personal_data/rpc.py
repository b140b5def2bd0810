from uuid import UUID

import grpc
from django_grpc_framework.services import Service

from market.user.v1 import personal_data_pb2 as pb
from user_service.accounts import convert as accounts
from user_service.personal_data import queries
from user_service.sessions import convert as sessions


class PersonalDataService(Service):  # type: ignore[misc]  # ships no types
    """Serves market.user.v1.PersonalDataService."""

    def ExportUserData(
        self, request: pb.ExportUserDataRequest, context: grpc.ServicerContext
    ) -> pb.ExportUserDataResponse:
        held = queries.held_about(UUID(request.user_id))
        data = pb.UserData(
            user=accounts.to_wire(held.user),
            totp_enabled=held.totp_enabled,
            sessions=map(sessions.to_wire, held.sessions),
            mails=[
                pb.MailRecord(
                    template=mail.template,
                    state=mail.state,
                    create_time=mail.create_time,
                    sent_time=mail.sent_time,
                )
                for mail in held.mails
            ],
        )
        return pb.ExportUserDataResponse(data=data)
