import re
import time
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from pytest_django.fixtures import Settings

from mesh.contract.money import Amount
from payment_service.payments.errors import ProviderUnavailable
from payment_service.payments.models import DeclineReason, SandboxEntry
from payment_service.payments.providers.base import (
    Authorized,
    Captured,
    Declined,
    ProviderRequest,
    Refunded,
    Refused,
    Voided,
)
from payment_service.payments.providers.sandbox import ACCEPTED, DECLINES, Sandbox, unanswered

pytestmark = pytest.mark.django_db
EURO = Amount(100, "EUR")
CENT = Amount(1, "EUR")


def ask(key: str, within_s: float = 10) -> ProviderRequest:
    deadline = time.monotonic() + within_s
    return ProviderRequest(key, about=UUID(int=1), since=datetime.now(UTC), deadline=deadline)


def capture(key: str, method: str = "pm_ok") -> Captured | Declined:
    return Sandbox().capture(ask(key), amount=EURO, method=method)


def hold(key: str, method: str = "pm_ok") -> str:
    held = Sandbox().authorize(ask(key), amount=EURO, method=method)
    assert isinstance(held, Authorized)
    return held.reference


def capture_of(reference: str, key: str, amount: Amount = EURO) -> Captured | Voided:
    return Sandbox().capture_authorization(ask(key), authorization=reference, amount=amount)


def void_of(reference: str, key: str) -> Voided | Captured:
    return Sandbox().void(ask(key), authorization=reference)


def refund_of(charge: str, key: str, amount: Amount = EURO) -> Refunded | Refused:
    return Sandbox().refund(ask(key), charge=charge, amount=amount)


def asks_until_answered(key: str, method: str) -> int:
    for number in range(1, 10):
        try:
            capture(key, method)
        except ProviderUnavailable:
            continue
        return number
    raise AssertionError("never answered")


def test_a_repeated_key_gets_the_first_outcome() -> None:
    assert capture("k") == capture("k")
    assert capture("k") != capture("another")


def test_a_declined_method_moves_nothing() -> None:
    assert capture("k", "pm_declined") == Declined(DeclineReason.CARD_DECLINED)
    declined = Sandbox().authorize(ask("k"), amount=EURO, method="pm_insufficient_funds")
    assert declined == Declined(DeclineReason.INSUFFICIENT_FUNDS)
    assert not SandboxEntry.objects.exists()


def test_a_timeout_moves_the_money_before_its_answer_is_lost() -> None:
    with pytest.raises(ProviderUnavailable):
        capture("k", "pm_timeout")
    assert SandboxEntry.objects.get().done
    assert asks_until_answered("k", "pm_timeout") == 2


def test_a_flaky_method_moves_nothing_until_it_works() -> None:
    with pytest.raises(ProviderUnavailable):
        capture("k", "pm_flaky")
    assert not SandboxEntry.objects.get().done


def test_how_often_a_flaky_method_fails_is_fixed_by_the_key() -> None:
    keys = [f"key {number}" for number in range(12)]
    asks = [asks_until_answered(key, "pm_flaky") for key in keys]
    assert asks == [unanswered("pm_flaky", key) + 1 for key in keys]
    assert set(asks) == {2, 3, 4, 5}


def test_a_refund_behaves_as_its_charge_did() -> None:
    assert asks_until_answered("c", "pm_timeout") == 3
    with pytest.raises(ProviderUnavailable):
        refund_of("ch_c", "r")
    assert SandboxEntry.objects.get(key="r").done


def test_a_slow_method_answers_after_three_seconds() -> None:
    begun = time.monotonic()
    assert isinstance(capture("k", "pm_slow"), Captured)
    assert 3 <= time.monotonic() - begun < 4


def test_an_answer_that_nobody_waits_for_is_lost_after_the_money_moved(settings: Settings) -> None:
    settings.SANDBOX_DELAY_MS = 60_000
    begun = time.monotonic()
    with pytest.raises(ProviderUnavailable):
        Sandbox().capture(ask("k", within_s=0.1), amount=EURO, method="pm_ok")
    assert time.monotonic() - begun < 1
    assert SandboxEntry.objects.get().done


def test_a_hold_is_captured_once_in_whole_or_in_part() -> None:
    held = hold("a")
    captured = capture_of(held, "c", CENT)
    assert captured == Captured("ch_c", 1) == capture_of(held, "c", CENT)
    assert capture_of(held, "another") == Voided()
    assert capture_of(hold("b"), "too much", Amount(101, "EUR")) == Voided()


def test_of_a_capture_and_a_void_the_first_wins_and_the_other_is_told() -> None:
    captured, voided = hold("a"), hold("b")
    charge = capture_of(captured, "c1")
    assert void_of(captured, "v1") == charge
    assert void_of(voided, "v2") == Voided() == void_of(voided, "v2")
    assert capture_of(voided, "c2") == Voided()


def test_refunds_beyond_the_charge_are_refused() -> None:
    capture("c")
    assert refund_of("ch_c", "r1") == Refunded("re_r1") == refund_of("ch_c", "r1")
    assert refund_of("ch_c", "r2", CENT) == Refused() == refund_of("ch_c", "r2", CENT)


def test_a_method_whose_refunds_are_refused_is_charged_all_the_same() -> None:
    assert isinstance(capture("c", "pm_refund_refused"), Captured)
    assert refund_of("ch_c", "r", CENT) == Refused()


def test_the_books_hold_what_moved_and_nothing_else() -> None:
    capture("c")
    refund_of("ch_c", "r", CENT)
    void_of(hold("a"), "v")
    with pytest.raises(ProviderUnavailable):
        capture("f", "pm_flaky")
    assert [move.amount for move in Sandbox().movements()] == [EURO, Amount(-1, "EUR")]


def test_the_contract_lists_every_method_where_an_order_takes_one() -> None:
    root = Path(__file__).parents[3]
    contract = (root / "protos" / "market" / "order" / "v1" / "order.proto").read_text()
    assert set(re.findall(r"\| `(pm_\w+)` \|", contract)) == {*ACCEPTED, *DECLINES}
