import pytest

from mesh.money import Amount
from payment_service.payments.errors import ProviderUnavailable
from payment_service.payments.models import DeclineReason, SandboxCharge
from payment_service.payments.providers import Captured, Declined
from payment_service.payments.providers.sandbox import Sandbox, unanswered

pytestmark = pytest.mark.django_db
EURO = Amount(100, "EUR")


def capture(key: str, method: str) -> Captured | Declined:
    return Sandbox().capture(idempotency_key=key, amount=EURO, method=method)


def asks_until_answered(key: str, method: str) -> int:
    for ask in range(1, 10):
        try:
            capture(key, method)
        except ProviderUnavailable:
            continue
        return ask
    raise AssertionError("never answered")


def test_a_repeated_key_gets_the_first_outcome() -> None:
    assert capture("k", "pm_ok") == capture("k", "pm_ok")
    assert capture("k", "pm_ok") != capture("another", "pm_ok")


def test_a_declined_method_moves_nothing() -> None:
    assert capture("k", "pm_declined") == Declined(DeclineReason.CARD_DECLINED)
    assert not SandboxCharge.objects.exists()


def test_a_timeout_moves_the_money_before_its_answer_is_lost() -> None:
    with pytest.raises(ProviderUnavailable):
        capture("k", "pm_timeout")
    assert SandboxCharge.objects.get().moved
    assert asks_until_answered("k", "pm_timeout") == 2


def test_a_flaky_method_moves_nothing_until_it_works() -> None:
    with pytest.raises(ProviderUnavailable):
        capture("k", "pm_flaky")
    assert not SandboxCharge.objects.get().moved


def test_how_often_a_flaky_method_fails_is_fixed_by_the_key() -> None:
    keys = [f"key {number}" for number in range(12)]
    asks = [asks_until_answered(key, "pm_flaky") for key in keys]
    assert asks == [unanswered("pm_flaky", key) + 1 for key in keys]
    assert set(asks) == {2, 3, 4, 5}


def test_a_refund_behaves_as_its_charge_did() -> None:
    assert asks_until_answered("c", "pm_timeout") == 3
    with pytest.raises(ProviderUnavailable):
        Sandbox().refund(idempotency_key="r", charge="ch_c", amount=EURO)
    assert SandboxCharge.objects.get(key="r").moved
