"""Providers that misbehave where the sandbox does not; a test names one in its settings."""

from typing import NoReturn

from mesh.contract.money import Amount
from payment_service.payments.errors import ProviderUnavailable
from payment_service.payments.providers.base import ProviderRequest
from payment_service.payments.providers.sandbox import Sandbox

HERE = "payment_service.payments.tests.doubles"


class Away:
    """Never answers."""

    def authorize(self, ask: ProviderRequest, *, amount: Amount, method: str) -> NoReturn:
        raise ProviderUnavailable("the payment provider did not answer")

    def capture(self, ask: ProviderRequest, *, amount: Amount, method: str) -> NoReturn:
        raise ProviderUnavailable("the payment provider did not answer")

    def capture_authorization(
        self, ask: ProviderRequest, *, authorization: str, amount: Amount
    ) -> NoReturn:
        raise ProviderUnavailable("the payment provider did not answer")

    def void(self, ask: ProviderRequest, *, authorization: str) -> NoReturn:
        raise ProviderUnavailable("the payment provider did not answer")

    def refund(self, ask: ProviderRequest, *, charge: str, amount: Amount) -> NoReturn:
        raise ProviderUnavailable("the payment provider did not answer")


class Killed:
    """Does what it is asked, and then the process ends before it can write that down."""

    def authorize(self, ask: ProviderRequest, *, amount: Amount, method: str) -> NoReturn:
        Sandbox().authorize(ask, amount=amount, method=method)
        raise SystemError("killed")

    def capture(self, ask: ProviderRequest, *, amount: Amount, method: str) -> NoReturn:
        Sandbox().capture(ask, amount=amount, method=method)
        raise SystemError("killed")

    def capture_authorization(
        self, ask: ProviderRequest, *, authorization: str, amount: Amount
    ) -> NoReturn:
        Sandbox().capture_authorization(ask, authorization=authorization, amount=amount)
        raise SystemError("killed")

    def void(self, ask: ProviderRequest, *, authorization: str) -> NoReturn:
        Sandbox().void(ask, authorization=authorization)
        raise SystemError("killed")

    def refund(self, ask: ProviderRequest, *, charge: str, amount: Amount) -> NoReturn:
        Sandbox().refund(ask, charge=charge, amount=amount)
        raise SystemError("killed")
