"""What a person is given of what is kept about it."""

from uuid import uuid4

import grpc
import pytest

from market.user.v1 import personal_data_pb2 as pb
from market.user.v1.personal_data_pb2_grpc import PersonalDataServiceStub
from mesh.outgoing import Metadata
from mesh.testing import error_of
from user_service.accounts.actions import erase_user
from user_service.credentials.tests.mails import arrived
from user_service.sessions.actions import begin_session, revoke_sessions
from user_service.tests.accounts import Sign, an_account


@pytest.fixture
def personal_data(channel: grpc.Channel) -> PersonalDataServiceStub:
    return PersonalDataServiceStub(channel)


def test_it_holds_the_profile_the_sessions_and_the_mails_and_nobody_elses(
    personal_data: PersonalDataServiceStub, signed_in: Sign
) -> None:
    ada, bob = an_account(), an_account("bob")
    for user in (ada, ada, bob):
        begin_session(user=user)
    revoke_sessions(user_id=ada.id)
    arrived()
    request = pb.ExportUserDataRequest(user_id="me")
    data = personal_data.ExportUserData(request, metadata=signed_in(ada)).data
    assert (data.user.id, data.user.email) == (str(ada.id), "ada@people.example")
    assert len(data.sessions) == 2
    assert [(mail.template, mail.state) for mail in data.mails] == [("welcome", "SENT")]
    assert data.mails[0].HasField("sent_time")
    assert not data.totp_enabled


def test_staff_get_anybodys_and_there_is_none_of_who_is_unknown_or_erased(
    personal_data: PersonalDataServiceStub, staff: Metadata
) -> None:
    ada = an_account()
    request = pb.ExportUserDataRequest(user_id=str(ada.id))
    assert personal_data.ExportUserData(request, metadata=staff).data.user.username == "ada"
    erase_user(user_id=ada.id, etag="")
    for user_id in (str(ada.id), str(uuid4())):
        request = pb.ExportUserDataRequest(user_id=user_id)
        error = error_of(personal_data.ExportUserData, request, staff)
        assert error.reason == "USER_NOT_FOUND"
