"""Providers that misbehave where the sandbox does not; a test names one in its settings."""

from mesh.money import Amount
from payment_service.payments.errors import ProviderUnavailable
from payment_service.payments.providers import Captured, Declined, Refunded
from payment_service.payments.providers.sandbox import Sandbox

HERE = "payment_service.payments.tests.doubles"


class Away:
    """Never answers."""

    def capture(self, *, idempotency_key: str, amount: Amount, method: str) -> Captured:
        raise ProviderUnavailable("the payment provider did not answer")

    def refund(self, *, idempotency_key: str, charge: str, amount: Amount) -> Refunded:
        raise ProviderUnavailable("the payment provider did not answer")


class Killed(Sandbox):
    """Moves the money, and then the process ends before it can write that down."""

    def capture(self, *, idempotency_key: str, amount: Amount, method: str) -> Captured | Declined:
        super().capture(idempotency_key=idempotency_key, amount=amount, method=method)
        raise SystemError("killed")

    def refund(self, *, idempotency_key: str, charge: str, amount: Amount) -> Refunded:
        super().refund(idempotency_key=idempotency_key, charge=charge, amount=amount)
        raise SystemError("killed")
