import pytest
from google.type.money_pb2 import Money

from market.payment.v1 import payment_pb2
from market.payment.v1.payment_pb2_grpc import PaymentServiceStub
from mesh.core.errors import RemoteError
from mesh.rpc.metadata import REPLAYED
from payment_service.payments.models import Payment, Refund, SandboxEntry
from payment_service.payments.tests.client import Client, at_once, money, outcome, uid


def test_parts_are_paid_back_until_nothing_is_left(orders: Client) -> None:
    payment = orders.capture()
    part = orders.refund(payment.id, money(30))
    assert part.state == payment_pb2.PAYMENT_STATE_PARTIALLY_REFUNDED
    assert part.refunded_amount == money(30)
    rest = orders.refund(payment.id)
    assert rest.state == payment_pb2.PAYMENT_STATE_REFUNDED
    assert rest.refunded_amount == payment.amount
    moves = [(e.debit_account, e.credit_account, e.amount.units) for e in rest.ledger]
    assert moves == [
        ("provider", "customer", 100),
        ("customer", "provider", 30),
        ("customer", "provider", 70),
    ]
    assert outcome(lambda: orders.refund(payment.id)) == "REFUND_EXCEEDS_CAPTURE"


def test_more_than_what_is_left_is_not_paid_back(orders: Client) -> None:
    payment = orders.capture()
    orders.refund(payment.id, money(30))
    with pytest.raises(RemoteError) as caught:
        orders.refund(payment.id, money(70, nanos=10000000))
    assert caught.value.reason == "REFUND_EXCEEDS_CAPTURE"
    assert caught.value.metadata == {"refundable": "70.00 EUR"}
    assert orders.get(payment.id).refunded_amount == money(30)


@pytest.mark.parametrize("amount", [money(30), None])
def test_a_repeat_pays_nothing_more_and_answers_the_payment(
    orders: Client, amount: Money | None
) -> None:
    payment, request_id = orders.capture(), uid()
    first = orders.refund(payment.id, amount, request_id)
    assert orders.refund(payment.id, amount, request_id) == first
    assert Refund.objects.count() == 1


def test_a_repeat_is_answered_the_payment_as_it_is_now_and_told_so(orders: Client) -> None:
    payment = orders.capture()
    request = payment_pb2.RefundPaymentRequest(
        payment_id=payment.id, amount=money(30), request_id=uid()
    )
    refund = PaymentServiceStub(orders.channel).RefundPayment.with_call
    answer, call = refund(request, metadata=orders.metadata)
    assert answer.payment.refunded_amount == money(30)
    assert REPLAYED not in dict(call.trailing_metadata())
    orders.refund(payment.id, money(20))
    answer, call = refund(request, metadata=orders.metadata)
    assert answer.payment.refunded_amount == money(50)
    assert (REPLAYED, "1") in call.trailing_metadata()


def test_refunds_without_a_request_id_are_each_their_own(orders: Client) -> None:
    payment = orders.capture()
    orders.refund(payment.id, money(10))
    assert orders.refund(payment.id, money(10)).refunded_amount == money(20)


def test_a_request_id_used_for_another_refund_is_refused(orders: Client) -> None:
    payment, other, request_id = orders.capture(), orders.capture(), uid()
    orders.refund(payment.id, money(10), request_id)
    outcomes = [
        outcome(lambda: orders.refund(payment.id, money(11), request_id)),
        outcome(lambda: orders.refund(payment.id, None, request_id)),
        outcome(lambda: orders.refund(other.id, money(10), request_id)),
    ]
    assert outcomes == ["REQUEST_ID_REUSED"] * 3


def test_one_request_id_for_several_payments_at_once_pays_one_back(orders: Client) -> None:
    payments, request_id = [orders.capture() for _ in range(4)], uid()
    outcomes = at_once(
        lambda n: outcome(lambda: orders.refund(payments[n].id, money(10), request_id)), times=4
    )
    assert sorted(outcomes) == ["PARTIALLY_REFUNDED"] + ["REQUEST_ID_REUSED"] * 3


def test_refunds_at_once_never_exceed_the_capture(orders: Client) -> None:
    payment = orders.capture()
    outcomes = at_once(lambda _: outcome(lambda: orders.refund(payment.id, money(30))), times=10)
    assert outcomes.count("PARTIALLY_REFUNDED") == 3
    assert outcomes.count("REFUND_EXCEEDS_CAPTURE") == 7
    assert orders.get(payment.id).refunded_amount == money(90)


def test_repeats_of_a_refund_at_once_pay_once(orders: Client) -> None:
    payment, request_id = orders.capture(), uid()
    answers = at_once(
        lambda _: orders.refund(payment.id, money(30), request_id).SerializeToString(), times=10
    )
    assert len(set(answers)) == 1
    assert SandboxEntry.objects.filter(kind="REFUND").count() == 1


def test_a_refund_is_in_the_currency_of_the_payment(orders: Client) -> None:
    payment = orders.capture()
    assert outcome(lambda: orders.refund(payment.id, money(30, "USD"))) == "CURRENCY_MISMATCH"


@pytest.mark.parametrize("amount", [money(0), money(-1), money(1, "EUR", nanos=1)])
def test_an_amount_that_is_not_above_zero_or_too_fine_is_refused(
    orders: Client, amount: Money
) -> None:
    payment = orders.capture()
    assert outcome(lambda: orders.refund(payment.id, amount)) == "REQUEST_INVALID"


@pytest.mark.parametrize("method", ["pm_declined", "pm_timeout"])
def test_what_was_not_captured_is_not_paid_back(orders: Client, method: str) -> None:
    outcome(lambda: orders.capture(method))
    payment_id = str(Payment.objects.get().id)
    assert outcome(lambda: orders.refund(payment_id)) == "PAYMENT_NOT_CAPTURED"


def test_a_payment_that_is_not_there_is_not_paid_back(orders: Client) -> None:
    assert outcome(lambda: orders.refund(uid())) == "PAYMENT_NOT_FOUND"


def test_staff_with_the_scope_and_the_order_service_may_pay_back(
    nobody: Client, orders: Client
) -> None:
    payment = orders.capture()
    owner = nobody.as_user(payment.user_id)
    reader = nobody.as_user(uid(), "payments.read")
    staff = nobody.as_user(uid(), "payments.write")
    assert outcome(lambda: nobody.refund(payment.id)) == "TOKEN_MISSING"
    assert outcome(lambda: owner.refund(payment.id)) == "NOT_ADMITTED"
    assert outcome(lambda: reader.refund(payment.id)) == "NOT_ADMITTED"
    assert outcome(lambda: staff.refund(payment.id, money(1))) == "PARTIALLY_REFUNDED"
    assert outcome(lambda: orders.refund(payment.id)) == "REFUNDED"


def test_a_refund_that_the_provider_refuses_has_failed_and_holds_nothing_back(
    orders: Client,
) -> None:
    payment, request_id = orders.capture("pm_refund_refused"), uid()
    for _ in range(2):
        refused = outcome(lambda: orders.refund(payment.id, money(30), request_id))
        assert refused == "REFUND_FAILED"
    refund = Refund.objects.get()
    assert (refund.state, refund.payment.refundable_minor) == ("FAILED", 10000)
    assert orders.get(payment.id).refunded_amount == money(0)
    assert len(orders.get(payment.id).ledger) == 1
