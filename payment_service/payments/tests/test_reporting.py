"""What an order is told of refunds, by a toy that stands in for the order service."""

from collections.abc import Iterator
from io import StringIO

import grpc
import pytest
from django.core.management import call_command
from django.db.models.functions import Now
from django_grpc_framework.services import Service

from market.order.v1 import order_pb2, order_pb2_grpc
from mesh.core.errors import FailedPrecondition, NotFound
from mesh.outbox.models import DoneStep, Step
from mesh.outbox.runner import run_steps
from mesh.rpc.definition import RpcDefinition
from mesh.rpc.streaming.watch import Watch, WatchTarget
from mesh.testing.servers import standing_in_for
from payment_service.payments.tests.client import Client, at_once, money, outcome, uid

ORDERS = "market.order.v1.OrderService"


class ToyOrderNotFound(NotFound):
    reason = "ORDER_NOT_FOUND"
    domain = "market.order.v1"


class ToyMismatch(FailedPrecondition):
    reason = "REFUND_MISMATCH"
    domain = "market.order.v1"


class ToyOrders(order_pb2_grpc.OrderServiceServicer, Service):  # type: ignore[misc]  # no types
    """Keeps what it is told, and raises `refusal` when there is one."""

    told: list[order_pb2.RecordRefundRequest] = []
    refusal: Exception | None = None

    def RecordRefund(
        self, request: order_pb2.RecordRefundRequest, context: grpc.ServicerContext
    ) -> order_pb2.RecordRefundResponse:
        if self.refusal:
            raise self.refusal
        self.told.append(request)
        return order_pb2.RecordRefundResponse()


@pytest.fixture
def told(nobody: Client) -> Iterator[list[order_pb2.RecordRefundRequest]]:
    ToyOrders.told, ToyOrders.refusal = [], None
    # The contract has it, and nobody watches here.
    watches = {f"{ORDERS}/WatchOrder": Watch(lambda _: WatchTarget("", 0), "nothing", lambda _: [])}
    wiring = RpcDefinition(serves={ORDERS: ToyOrders}, watches=watches, jwks=nobody.keys.jwks)
    with standing_in_for("order_service", wiring):
        yield ToyOrders.told


def run_reports() -> list[str]:
    """Run those that are owed; their states then."""
    reports = Step.objects.filter(kind="report_refund")
    reports.filter(state="PENDING").update(next_at=Now(), ring_at=Now())
    run_steps([step.id for step in reports.filter(state="PENDING").order_by("seq")])
    done = DoneStep.objects.filter(kind="report_refund").count()
    return ["DONE"] * done + list(reports.order_by("seq").values_list("state", flat=True))


def units(told: list[order_pb2.RecordRefundRequest]) -> list[int]:
    return [request.refunded_amount.units for request in told]


def test_an_order_is_told_of_each_refund_what_was_paid_back_by_then(
    orders: Client, told: list[order_pb2.RecordRefundRequest]
) -> None:
    payment = orders.capture()
    for amount in (money(30), money(20), None):
        orders.refund(payment.id, amount)
    assert run_reports() == ["DONE"] * 3
    assert units(told) == [30, 50, 100]
    assert {(t.order_id, t.payment_id) for t in told} == {(payment.order_id, payment.id)}


def test_refunds_at_once_are_told_in_the_order_in_which_they_were_settled(
    orders: Client, told: list[order_pb2.RecordRefundRequest]
) -> None:
    payment = orders.capture()
    at_once(lambda _: orders.refund(payment.id, money(20)), times=5)
    run_reports()
    assert units(told) == [20, 40, 60, 80, 100]


def test_a_repeated_or_a_failed_refund_is_not_told(
    orders: Client, told: list[order_pb2.RecordRefundRequest]
) -> None:
    payment, request_id = orders.capture(), uid()
    for _ in range(2):
        orders.refund(payment.id, money(30), request_id)
    refused = orders.capture("pm_refund_refused")
    assert outcome(lambda: orders.refund(refused.id)) == "REFUND_FAILED"
    assert (run_reports(), units(told)) == (["DONE"], [30])


def test_who_voids_an_order_s_payment_is_answered_and_needs_no_report(
    orders: Client, told: list[order_pb2.RecordRefundRequest]
) -> None:
    payment = orders.capture()
    orders.refund(payment.id, money(30))
    assert orders.void(payment.order_id).refunded_amount == money(100)
    assert run_reports() == ["DONE"]
    assert units(told) == [30]


def test_a_report_waits_while_the_order_service_is_down(
    orders: Client, request: pytest.FixtureRequest
) -> None:
    orders.refund(orders.capture().id)
    assert run_reports() == ["PENDING"]
    told = request.getfixturevalue("told")
    assert (run_reports(), units(told)) == (["DONE"], [100])


def test_an_order_that_is_not_there_has_nobody_to_tell(
    orders: Client, told: list[order_pb2.RecordRefundRequest]
) -> None:
    ToyOrders.refusal = ToyOrderNotFound("there is no such order")
    orders.refund(orders.capture().id)
    assert run_reports() == ["DONE"]


def test_an_order_that_was_paid_otherwise_waits_for_a_person(
    orders: Client, told: list[order_pb2.RecordRefundRequest]
) -> None:
    ToyOrders.refusal = ToyMismatch("the order was paid by another payment")
    orders.refund(orders.capture().id)
    assert run_reports() == ["PARKED"]


def test_all_refunds_but_those_of_voids_are_reported_again_when_told_to(
    orders: Client, told: list[order_pb2.RecordRefundRequest]
) -> None:
    part, voided, _ = orders.capture(), orders.capture(), orders.capture()
    orders.refund(part.id, money(30))
    orders.void(voided.order_id)
    run_reports()
    told.clear()
    out = StringIO()
    call_command("reportrefunds", stdout=out)
    assert out.getvalue() == "1 reports are due\n"
    assert (run_reports()[-1], units(told)) == ("DONE", [30])
