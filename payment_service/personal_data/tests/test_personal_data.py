"""What the payment service gives and forgets of a person, asked by the user service."""

from uuid import UUID

import pytest

from market.payment.v1 import personal_data_pb2 as pb
from market.payment.v1.personal_data_pb2_grpc import PersonalDataServiceStub
from mesh.testing.servers import as_service, error_of
from payment_service.payments.invariants import ledger_violations
from payment_service.payments.models import LedgerEntry, Payment
from payment_service.payments.tests.client import Client, outcome, uid

USER_SERVICE = "user_service"


def erased(caller: Client, user_id: str) -> bool:
    """Whether nothing was left to do."""
    stub = PersonalDataServiceStub(caller.channel)
    request = pb.ErasePersonalDataRequest(user_id=user_id)
    return bool(stub.ErasePersonalData(request, metadata=as_service(USER_SERVICE)).complete)


def test_an_export_has_the_payments_for_the_orders_with_their_ledgers_and_nobody_elses(
    orders: Client,
) -> None:
    ada, order_id, declined_order = uid(), uid(), uid()
    paid = orders.capture(user_id=ada, order_id=order_id)
    assert outcome(lambda: orders.capture("pm_declined", user_id=ada, order_id=declined_order))
    other = orders.capture()
    orders.capture(user_id=ada)
    request = pb.ExportPersonalDataRequest(
        user_id=ada, order_ids=[order_id, declined_order, other.order_id]
    )
    stub = PersonalDataServiceStub(orders.channel)
    found = stub.ExportPersonalData(request, metadata=as_service(USER_SERVICE)).payments
    assert [payment.order_id for payment in found] == [declined_order, order_id]
    assert found[0].decline_reason == "CARD_DECLINED"
    assert found[1] == orders.get(paid.id)
    assert len(found[1].ledger) == 1


def test_erasing_forgets_the_methods_and_keeps_payments_and_ledger(orders: Client) -> None:
    ada = uid()
    paid, other = orders.capture(user_id=ada), orders.capture()
    assert erased(orders, ada)
    assert erased(orders, ada)
    methods = dict(Payment.objects.values_list("id", "payment_method"))
    assert methods == {UUID(paid.id): "", UUID(other.id): "pm_ok"}
    assert orders.get(paid.id) == paid
    assert (LedgerEntry.objects.count(), list(ledger_violations())) == (2, [])
    orders.refund(paid.id)
    assert outcome(lambda: orders.get(paid.id)) == "REFUNDED"


def test_a_payment_without_an_outcome_keeps_its_method_until_it_has_one(orders: Client) -> None:
    ada = uid()
    asked = {"user_id": ada, "order_id": uid(), "request_id": uid()}
    assert outcome(lambda: orders.capture("pm_timeout", **asked)) == "PROVIDER_UNAVAILABLE"
    assert not erased(orders, ada)
    assert outcome(lambda: orders.capture("pm_timeout", **asked)) == "PROVIDER_UNAVAILABLE"
    assert outcome(lambda: orders.capture("pm_timeout", **asked)) == "CAPTURED"
    assert erased(orders, ada)
    assert Payment.objects.get().payment_method == ""


@pytest.mark.parametrize("rpc", ["ExportPersonalData", "ErasePersonalData"])
def test_nobody_but_the_user_service_is_let_in(nobody: Client, rpc: str) -> None:
    extra = {"order_ids": [uid()]} if rpc == "ExportPersonalData" else {}
    request = getattr(pb, f"{rpc}Request")(user_id=uid(), **extra)
    call = getattr(PersonalDataServiceStub(nobody.channel), rpc)
    staff = nobody.as_user(uid(), "payments.read", "payments.write")
    for caller in (
        nobody,
        staff,
        nobody.as_service("order_service"),
        nobody.as_service("edge_api"),
    ):
        error = error_of(call, request, caller.metadata)
        assert error.reason in {"NOT_ADMITTED", "TOKEN_MISSING"}
