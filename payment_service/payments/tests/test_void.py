import pytest
from pytest_django.fixtures import Settings

from market.payment.v1 import payment_pb2
from mesh.core.errors import RemoteError
from mesh.outbox.models import Step
from payment_service.payments.models import LedgerEntry, Payment, Refund, SandboxEntry
from payment_service.payments.tests.client import Client, money, outcome, uid
from payment_service.payments.tests.doubles import HERE
from payment_service.payments.tests.test_unknown_outcomes import SANDBOX, run_steps_now


def held_at_provider() -> bool:
    holds = SandboxEntry.objects.filter(kind="HOLD", done=True)
    return holds.exclude(sandboxentry__kind="RELEASE").exists()


def test_an_order_without_a_payment_gets_a_tombstone_that_refuses_what_comes_late(
    orders: Client,
) -> None:
    order_id = uid()
    tombstone = orders.void(order_id)
    assert tombstone.state == payment_pb2.PAYMENT_STATE_VOIDED
    assert (tombstone.order_id, tombstone.user_id) == (order_id, "")
    assert not tombstone.HasField("amount")
    assert outcome(lambda: orders.capture(order_id=order_id)) == "PAYMENT_VOIDED"
    assert outcome(lambda: orders.authorize(order_id=order_id)) == "PAYMENT_VOIDED"
    assert not SandboxEntry.objects.exists()
    assert orders.get(tombstone.id) == tombstone


def test_an_authorization_is_given_up_at_the_provider(orders: Client) -> None:
    held = orders.authorize()
    voided = orders.void(held.order_id)
    assert (voided.id, voided.state) == (held.id, payment_pb2.PAYMENT_STATE_VOIDED)
    assert not held_at_provider()
    assert not LedgerEntry.objects.exists()
    assert outcome(lambda: orders.capture(order_id=held.order_id)) == "PAYMENT_VOIDED"


def test_what_was_captured_is_paid_back_in_full(orders: Client) -> None:
    captured = orders.capture()
    voided = orders.void(captured.order_id)
    assert (voided.id, voided.state) == (captured.id, payment_pb2.PAYMENT_STATE_REFUNDED)
    assert voided.refunded_amount == money(100)
    assert outcome(lambda: orders.capture(order_id=captured.order_id)) == "PAYMENT_VOIDED"


def test_what_was_paid_back_in_part_is_paid_back_in_full(orders: Client) -> None:
    captured = orders.capture()
    orders.refund(captured.id, money(30))
    assert outcome(lambda: orders.void(captured.order_id)) == "REFUNDED"
    amounts = Refund.objects.order_by("id").values_list("amount_minor", flat=True)
    assert list(amounts) == [3000, 7000]


def test_a_decline_is_answered_as_it_is_and_the_order_stays_unpaid(orders: Client) -> None:
    order_id, request_id = uid(), uid()
    outcome(lambda: orders.capture("pm_declined", order_id=order_id))
    assert outcome(lambda: orders.void(order_id, request_id)) == "DECLINED"
    assert outcome(lambda: orders.void(order_id, request_id)) == "DECLINED"
    assert outcome(lambda: orders.capture(order_id=order_id)) == "PAYMENT_VOIDED"


@pytest.mark.parametrize("known", [True, False])
def test_a_repeat_under_any_request_id_gets_the_same_answer(orders: Client, known: bool) -> None:
    order_id = orders.capture().order_id if known else uid()
    first = orders.void(order_id)
    assert orders.void(order_id) == first
    assert Payment.objects.count() == 1


def test_a_request_id_is_good_for_one_order_only(orders: Client) -> None:
    request_id, paid = uid(), orders.capture().order_id
    orders.void(uid(), request_id)
    assert outcome(lambda: orders.void(uid(), request_id)) == "REQUEST_ID_REUSED"
    assert outcome(lambda: orders.void(paid, request_id)) == "REQUEST_ID_REUSED"
    assert outcome(lambda: orders.capture(order_id=paid)) == "ORDER_ALREADY_PAID"


@pytest.mark.parametrize("ask", ["capture", "authorize"])
def test_an_unknown_outcome_is_learnt_first_and_then_undone(orders: Client, ask: str) -> None:
    order_id, request_id = uid(), uid()
    again = {"order_id": order_id, "user_id": uid(), "request_id": request_id}
    assert outcome(lambda: getattr(orders, ask)("pm_timeout", **again)) == "PROVIDER_UNAVAILABLE"
    outcomes = [outcome(lambda: orders.void(order_id)) for _ in range(6)]
    ended = "REFUNDED" if ask == "capture" else "VOIDED"
    assert set(outcomes) == {"PROVIDER_UNAVAILABLE", ended}
    assert outcomes[-1] == ended
    assert outcome(lambda: getattr(orders, ask)("pm_timeout", **again)) == "PAYMENT_VOIDED"
    assert not held_at_provider()


def test_a_charge_that_never_reached_the_provider_is_not_guessed_at(
    orders: Client, settings: Settings
) -> None:
    order_id = uid()
    settings.PAYMENT_PROVIDER = f"{HERE}.Away"
    outcome(lambda: orders.capture(order_id=order_id))
    assert outcome(lambda: orders.void(order_id)) == "PROVIDER_UNAVAILABLE"
    assert Payment.objects.get().state == "PENDING"
    settings.PAYMENT_PROVIDER = SANDBOX
    assert outcome(lambda: orders.void(order_id)) == "REFUNDED"


@pytest.mark.parametrize(
    ("provider", "answer"), [("Away", "PROVIDER_UNAVAILABLE"), ("Killed", "INTERNAL")]
)
def test_a_void_that_was_cut_off_is_seen_through_by_its_step(
    orders: Client, settings: Settings, provider: str, answer: str
) -> None:
    held, captured = orders.authorize(), orders.capture()
    settings.PAYMENT_PROVIDER = f"{HERE}.{provider}"
    assert outcome(lambda: orders.void(held.order_id)) == answer
    assert outcome(lambda: orders.void(captured.order_id)) == answer
    assert outcome(lambda: orders.capture(order_id=held.order_id)) == "PAYMENT_VOIDED"
    settings.PAYMENT_PROVIDER = SANDBOX
    run_steps_now()
    assert outcome(lambda: orders.get(held.id)) == "VOIDED"
    assert outcome(lambda: orders.get(captured.id)) == "REFUNDED"
    assert SandboxEntry.objects.filter(kind="REFUND").count() == 1


def test_a_capture_whose_answer_was_lost_is_found_by_the_void_of_its_hold(
    orders: Client, settings: Settings
) -> None:
    order_id, request_id = orders.authorize().order_id, uid()
    settings.PAYMENT_PROVIDER = f"{HERE}.Killed"
    outcome(lambda: orders.capture(order_id=order_id, request_id=request_id))
    settings.PAYMENT_PROVIDER = SANDBOX
    assert outcome(lambda: orders.void(order_id)) == "REFUNDED"
    late = outcome(lambda: orders.capture(order_id=order_id, request_id=request_id))
    assert late == "PAYMENT_VOIDED"


def test_a_refund_under_way_is_finished_by_the_void(orders: Client, settings: Settings) -> None:
    captured = orders.capture()
    settings.PAYMENT_PROVIDER = f"{HERE}.Away"
    outcome(lambda: orders.refund(captured.id, money(30)))
    settings.PAYMENT_PROVIDER = SANDBOX
    assert outcome(lambda: orders.void(captured.order_id)) == "REFUNDED"
    assert Refund.objects.filter(state="DONE").count() == 2


def test_what_the_provider_refuses_to_pay_back_is_said_and_parked_for_an_operator(
    orders: Client,
) -> None:
    captured = orders.capture("pm_refund_refused")
    assert outcome(lambda: orders.void(captured.order_id)) == "REFUND_FAILED"
    assert outcome(lambda: orders.capture(order_id=captured.order_id)) == "PAYMENT_VOIDED"
    run_steps_now()
    assert Step.objects.get(kind="finish_void").state == Step.State.PARKED
    assert orders.get(captured.id).captured_amount == money(100)
    assert orders.get(captured.id).refunded_amount == money(0)


def test_the_step_of_a_void_that_ended_changes_nothing(orders: Client) -> None:
    voided = orders.void(orders.capture().order_id)
    run_steps_now()
    assert orders.get(voided.id) == voided
    assert not Step.objects.exclude(state=Step.State.DONE).exists()


def test_only_the_order_service_may_void(nobody: Client, orders: Client) -> None:
    order_id = orders.capture().order_id
    staff = nobody.as_user(uid(), "payments.write", "payments.read")
    assert outcome(lambda: nobody.void(order_id)) == "TOKEN_MISSING"
    assert outcome(lambda: nobody.as_service("user_service").void(order_id)) == "NOT_ADMITTED"
    assert outcome(lambda: staff.void(order_id)) not in ("REFUNDED", "INTERNAL")
    assert Payment.objects.get().state == "CAPTURED"


def test_ids_that_are_no_uuids_are_refused_by_name(orders: Client) -> None:
    with pytest.raises(RemoteError) as caught:
        orders.void("seven", "")
    assert [v.field for v in caught.value.violations] == ["order_id", "request_id"]
