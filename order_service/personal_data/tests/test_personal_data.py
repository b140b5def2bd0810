"""What the order service gives and forgets of a person, asked by the user service."""

from uuid import UUID, uuid4

import grpc
import pytest

from market.order.v1 import order_pb2, order_pb2_grpc
from market.order.v1 import personal_data_pb2 as pb
from market.order.v1.personal_data_pb2_grpc import PersonalDataServiceStub
from mesh.contract.money import Amount
from mesh.core.ids import uuid7
from mesh.mail.models import Mail
from mesh.rpc.idempotency.models import StoredResponse
from mesh.rpc.metadata import Metadata
from mesh.testing.servers import as_service, error_of
from order_service.orders.actions import confirm_order, record_refund
from order_service.orders.models import Order
from order_service.tests.placing import place, stock
from order_service.tests.steps import run_owed
from order_service.tests.toys import ToyPayments, ToyUsers

State = Order.State
pytestmark = pytest.mark.usefixtures("goods")


@pytest.fixture
def personal_data(channel: grpc.Channel) -> PersonalDataServiceStub:
    return PersonalDataServiceStub(channel)


@pytest.fixture
def user_service() -> Metadata:
    return as_service("user_service")


def export(
    stub: PersonalDataServiceStub, caller: Metadata, user_id: UUID, page_token: str = ""
) -> pb.ExportPersonalDataResponse:
    request = pb.ExportPersonalDataRequest(user_id=str(user_id), page_token=page_token)
    answer: pb.ExportPersonalDataResponse = stub.ExportPersonalData(request, metadata=caller)
    return answer


def erased(stub: PersonalDataServiceStub, caller: Metadata, user_id: UUID) -> bool:
    """Whether nothing was left to do."""
    request = pb.ErasePersonalDataRequest(user_id=str(user_id))
    return bool(stub.ErasePersonalData(request, metadata=caller).complete)


def test_an_export_has_the_orders_their_events_and_mails_and_nobody_elses(
    personal_data: PersonalDataServiceStub, user_service: Metadata
) -> None:
    ada, bob = uuid7(), uuid7()
    first, second, other = (place({"MUG": 1}, user) for user in (ada, ada, bob))
    for order in (first, other):
        confirm_order(order_id=order.id, payment_id=uuid4())
    data = export(personal_data, user_service, ada)
    assert [order.id for order in data.orders] == [str(second.id), str(first.id)]
    assert [(event.order_id, event.seq) for event in data.events] == [
        (str(first.id), 1),
        (str(first.id), 2),
        (str(second.id), 1),
    ]
    (mail,) = data.mails
    assert (mail.order_id, mail.template, mail.state) == (
        str(first.id),
        "order_confirmed",
        "QUEUED",
    )
    assert not mail.HasField("sent_time")
    assert export(personal_data, user_service, uuid7()) == pb.ExportPersonalDataResponse()


def test_an_export_has_what_was_refunded_with_its_events_and_mails(
    personal_data: PersonalDataServiceStub, user_service: Metadata
) -> None:
    ada, payment_id = uuid7(), uuid4()
    order = place({"MUG": 1}, ada)
    confirm_order(order_id=order.id, payment_id=payment_id)
    for minor in (1_00, 2_00):
        record_refund(order_id=order.id, payment_id=payment_id, refunded=Amount(minor, "EUR"))
    data = export(personal_data, user_service, ada)
    assert data.orders[0].refunded_amount.units == 2
    assert [event.refunded_amount.units for event in data.events] == [0, 0, 1, 2]
    assert sorted(mail.template for mail in data.mails) == [
        "order_confirmed",
        "refund_issued",
        "refund_issued",
    ]


def test_pages_of_an_export_hold_each_order_once_and_are_good_for_one_person(
    personal_data: PersonalDataServiceStub, user_service: Metadata
) -> None:
    ada = uuid7()
    placed = {str(place({"GOLD": 1}, ada).id) for _ in range(51)}
    first = export(personal_data, user_service, ada)
    second = export(personal_data, user_service, ada, first.next_page_token)
    assert (len(first.orders), len(second.orders), second.next_page_token) == (50, 1, "")
    assert {order.id for order in (*first.orders, *second.orders)} == placed
    request = pb.ExportPersonalDataRequest(user_id=str(uuid7()), page_token=first.next_page_token)
    error = error_of(personal_data.ExportPersonalData, request, user_service)
    assert error.reason == "PAGE_TOKEN_INVALID"


def test_erasing_gives_up_pending_orders_and_is_complete_once_they_have_ended(
    personal_data: PersonalDataServiceStub, user_service: Metadata, payments: type[ToyPayments]
) -> None:
    ada = uuid7()
    pending, confirmed, other = place({"MUG": 2}, ada), place({"PEN": 1}, ada), place({"MUG": 1})
    confirm_order(order_id=confirmed.id, payment_id=uuid4())
    assert not erased(personal_data, user_service, ada)
    assert not erased(personal_data, user_service, ada)
    assert Order.objects.get(id=pending.id).state == State.CANCELLING
    run_owed("charge_order")
    run_owed("void_order")
    assert erased(personal_data, user_service, ada)
    states = dict(Order.objects.values_list("id", "state"))
    assert states == {
        pending.id: State.CANCELLED,
        confirmed.id: State.CONFIRMED,
        other.id: State.CONFIRMED,
    }
    assert [request.order_id for request in payments.asked] == [str(other.id)]
    assert stock()["MUG"] == 9


def test_erasing_forgets_what_mails_said(
    personal_data: PersonalDataServiceStub, user_service: Metadata
) -> None:
    ada = uuid7()
    for user in (ada, uuid7()):
        confirm_order(order_id=place({"MUG": 1}, user).id, payment_id=uuid4())
    assert erased(personal_data, user_service, ada)
    said = {mail.user_id: mail.context != {} for mail in Mail.objects.all()}
    assert said.pop(ada) is False
    assert list(said.values()) == [True]


def test_erasing_forgets_the_answers_that_name_the_person(
    personal_data: PersonalDataServiceStub,
    user_service: Metadata,
    orders: order_pb2_grpc.OrderServiceStub,
    buyer: UUID,
    me: Metadata,
) -> None:
    order = place({"MUG": 1}, buyer)
    cancel = order_pb2.CancelOrderRequest(order_id=str(order.id), request_id=str(uuid4()))
    orders.CancelOrder(cancel, metadata=me)
    assert StoredResponse.objects.exists()
    erased(personal_data, user_service, buyer)
    assert not StoredResponse.objects.exists()


def test_a_mail_owed_after_the_erasure_is_dropped_with_what_it_would_have_said(
    personal_data: PersonalDataServiceStub,
    user_service: Metadata,
    users: type[ToyUsers],
    payments: type[ToyPayments],
) -> None:
    ada = uuid7()
    place({"MUG": 1}, ada)
    erased(personal_data, user_service, ada)
    run_owed("charge_order")
    run_owed("void_order")
    assert Mail.objects.get().context != {}
    run_owed("send_mail")
    mail = Mail.objects.get()
    assert (mail.template, mail.state, mail.context) == ("order_cancelled", "DROPPED", {})


@pytest.mark.parametrize("rpc", ["ExportPersonalData", "ErasePersonalData"])
def test_nobody_but_the_user_service_is_let_in(
    personal_data: PersonalDataServiceStub, staff: Metadata, rpc: str
) -> None:
    request = getattr(pb, f"{rpc}Request")(user_id=str(uuid7()))
    for caller in ((), staff, as_service("payment_service"), as_service("edge_api")):
        error = error_of(getattr(personal_data, rpc), request, caller)
        assert error.reason in {"NOT_ADMITTED", "TOKEN_MISSING"}
