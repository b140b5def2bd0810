"""What a person is given of what is kept about it, here and in the other services."""

from uuid import uuid4

import grpc
import pytest

from market.user.v1 import personal_data_pb2 as pb
from market.user.v1.personal_data_pb2_grpc import PersonalDataServiceStub
from mesh.rpc.metadata import Metadata
from mesh.testing.servers import error_of
from user_service.credentials.tests.mails import arrived
from user_service.sessions.actions import begin_session, revoke_sessions
from user_service.tests.accounts import Sign, an_account, erase
from user_service.tests.toys import NEWER, OLDER


@pytest.fixture
def personal_data(channel: grpc.Channel) -> PersonalDataServiceStub:
    return PersonalDataServiceStub(channel)


@pytest.mark.usefixtures("orders", "payments")
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
    mails = [(mail.template, mail.state, mail.order_id) for mail in data.mails]
    assert mails == [("welcome", "SENT", ""), ("order_confirmed", "QUEUED", NEWER)]
    assert [mail.HasField("sent_time") for mail in data.mails] == [True, False]
    assert not data.totp_enabled


@pytest.mark.usefixtures("orders", "payments")
def test_its_pages_go_through_the_orders_each_with_its_payments(
    personal_data: PersonalDataServiceStub, signed_in: Sign
) -> None:
    ada, token = an_account(), ""
    begin_session(user=ada)
    for order_id, account_lists, next_token in ((NEWER, 1, "older"), (OLDER, 0, "")):
        request = pb.ExportUserDataRequest(user_id="me", page_token=token)
        data = personal_data.ExportUserData(request, metadata=signed_in(ada)).data
        assert [(order.id, order.user_id) for order in data.orders] == [(order_id, str(ada.id))]
        assert [event.order_id for event in data.order_events] == [order_id]
        assert [(paid.order_id, paid.user_id) for paid in data.payments] == [
            (order_id, str(ada.id))
        ]
        assert [mail.order_id for mail in data.mails].count(order_id) == 1
        assert (len(data.sessions), len(data.mails) - 1) == (account_lists, account_lists)
        token = data.next_page_token
        assert token == next_token
    request = pb.ExportUserDataRequest(user_id="me", page_token="made up")
    error = error_of(personal_data.ExportUserData, request, signed_in(ada))
    assert error.reason == "PAGE_TOKEN_INVALID"


@pytest.mark.usefixtures("orders")
def test_while_one_that_keeps_some_of_it_is_down_it_is_unavailable(
    personal_data: PersonalDataServiceStub, signed_in: Sign
) -> None:
    request = pb.ExportUserDataRequest(user_id="me")
    error = error_of(personal_data.ExportUserData, request, signed_in(an_account()))
    assert error.reason == "SERVICE_UNAVAILABLE"


@pytest.mark.usefixtures("orders", "payments")
def test_staff_get_anybodys_and_there_is_none_of_who_is_unknown_or_erased(
    personal_data: PersonalDataServiceStub, staff: Metadata
) -> None:
    ada = an_account()
    request = pb.ExportUserDataRequest(user_id=str(ada.id))
    assert personal_data.ExportUserData(request, metadata=staff).data.user.username == "ada"
    erase(ada)
    for user_id in (str(ada.id), str(uuid4())):
        request = pb.ExportUserDataRequest(user_id=user_id)
        error = error_of(personal_data.ExportUserData, request, staff)
        assert error.reason == "USER_NOT_FOUND"
